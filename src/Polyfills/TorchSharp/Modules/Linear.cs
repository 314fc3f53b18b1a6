using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        public sealed class Linear : nn.Module<Tensor, Tensor>
        {
            internal Linear(Parameter weight, Parameter? bias = null) : base(nameof(Linear))
            {
                in_features = weight.shape[1];
                out_features = weight.shape[0];
                this.weight = weight;
                this.bias = bias;
            }

            public long in_features { get; set; }

            public long out_features { get; set; }

            public Parameter weight
            {
                get => _internal_params[nameof(weight)];
                set => _internal_params[nameof(weight)] = (Parameter)value.DetachFromDisposeScope();
            }

            public Parameter? bias
            {
                get => _internal_params.TryGetValue(nameof(bias), out var found) ? found : null;
                set
                {
                    if (value is null)
                    {
                        _internal_params.Remove(nameof(bias));
                    }
                    else
                    {
                        _internal_params[nameof(bias)] = (Parameter)value.DetachFromDisposeScope();
                    }
                }
            }

            public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null)
            {
                var weight = empty([outputSize, inputSize], dtype, device).AsParameter();
                init.kaiming_uniform_(weight, Math.Sqrt(5));
                if (!hasBias)
                {
                    return new(weight);
                }

                var bias = empty([outputSize], dtype, device).AsParameter();
                var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
                init.uniform_(bias, -bound, bound);
                return new(weight, bias);
            }

            public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);
        }
    }
}
