using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        public sealed class Embedding : nn.Module<Tensor, Tensor>
        {
            private readonly long _paddingIndex;

            internal Embedding(Parameter weight, long paddingIndex) : base(nameof(Embedding))
            {
                _paddingIndex = paddingIndex;
                this.weight = weight;
            }

            public Parameter? weight
            {
                get => _internal_params[nameof(weight)];
                set
                {
                    ArgumentNullException.ThrowIfNull(value, nameof(weight));
                    _internal_params[nameof(weight)] = (Parameter)value.DetachFromDisposeScope();
                }
            }

            public override Tensor forward(Tensor input) => Aten.Call("embedding", weight, input, _paddingIndex, false, false);
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Embedding Embedding(
                long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                RequirePlain(max_norm, scale_grad_by_freq, sparse);
                var weight = randn([num_embeddings, embedding_dims], dtype, device);
                if (padding_idx is { } padding)
                {
                    weight[padding].zero_();
                }

                return new(weight.AsParameter(), padding_idx ?? -1);
            }

            public static Modules.Embedding Embedding_from_pretrained(
                Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2.0,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                RequirePlain(max_norm, scale_grad_by_freq, sparse);
                using var frozen = no_grad();
                var weight = embeddings.to(dtype ?? embeddings.dtype, device ?? embeddings.device, copy: true);
                return new(new Modules.Parameter(weight, !freeze), padding_idx ?? -1);
            }

            private static void RequirePlain(double? max_norm, bool scale_grad_by_freq, bool sparse)
            {
                if (max_norm is not null || scale_grad_by_freq || sparse)
                {
                    throw new NotSupportedException("The polyfill's embeddings have no max_norm, scale_grad_by_freq or sparse gradients.");
                }
            }
        }
    }
}
