using Rlhf.Inference;
using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>One layer of the decoder: attention and a feed-forward part, each behind a norm and added to the residual stream.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly ModelConfig _config;
    private readonly int _index;
    private readonly ProductPrecision _precision;
    private readonly Norm _inputNorm;
    private readonly Norm _postAttentionNorm;
    private readonly Dictionary<FusedProjection, Parameter> _projections = [];
    private readonly Dictionary<FusedProjection, Parameter> _biases = [];

    public DecoderLayer(ModelConfig config, ModelWeights weights, int index, bool trainable, Device device, ProductPrecision precision)
        : base(nameof(DecoderLayer))
    {
        _config = config;
        _index = index;
        _precision = precision;
        _inputNorm = new Norm(config, weights, ModelWeights.InputNorm(index), trainable, device);
        _postAttentionNorm = new Norm(config, weights, ModelWeights.PostAttentionNorm(index), trainable, device);
        register_module(nameof(_inputNorm), _inputNorm);
        register_module(nameof(_postAttentionNorm), _postAttentionNorm);
        foreach (var projection in FusedProjection.Of(config))
        {
            var parameter = projection.Join(config, weights, index).ToParameter(trainable, device, precision);     // (out, in)
            _projections.Add(projection, parameter);
            register_parameter(projection.Name, parameter);
            if (!projection.HasBias(config))
                continue;
            var bias = projection.JoinBias(config, weights, index).ToParameter(trainable, device);                 // (out)
            _biases.Add(projection, bias);
            register_parameter(projection.Name + "_bias", bias);
        }
    }

    /// <summary>(B·T, d) to (B·T, d), or to (M, d) where only the rows at M positions are asked for: all that other rows give them is keys
    /// and values.</summary>
    public Tensor Forward(Tensor x, long batch, long length, IAttention attention, FusedLora? lora, Tensor? positions = null)
    {
        using var scope = NewDisposeScope();
        var normed = _inputNorm.Apply(x);                                                                          // (B·T, d)
        var attended = attention.Attend(Project(normed, FusedProjection.QueryKeyValue, lora), batch, length);      // (B·T, H·h)
        if (positions is not null)
            (x, attended) = (x.index_select(0, positions), attended.index_select(0, positions));                   // (M, d), (M, H·h)
        x = x.Plus(Project(attended, FusedProjection.Output, lora));                                               // (B·T, d)
        var activated = Activate(_postAttentionNorm.Apply(x), lora);                                               // (B·T, f)
        return x.Plus(Project(activated, FusedProjection.Down, lora)).MoveToOuterDisposeScope();                   // (B·T, d)
    }

    /// <summary>The layer's tensors under the model's names.</summary>
    public IEnumerable<(string Name, WeightTensor Weight)> Weights()
        => _projections.SelectMany(pair => pair.Key.Split(_config, pair.Value.ToArray(), _index))
            .Concat(_biases.SelectMany(pair => pair.Key.SplitBias(_config, pair.Value.ToArray(), _index)))
            .Concat(_inputNorm.Weights())
            .Concat(_postAttentionNorm.Weights());

    // SwiGLU of two products, or GELU of one in its tanh form, ½·x·(1 + tanh(u)) = x·σ(2u).
    private Tensor Activate(Tensor normed, FusedLora? lora)
    {
        var up = Project(normed, FusedProjection.Up, lora);                                                        // (B·T, f)
        if (_config.HasGate)
            return Project(normed, FusedProjection.Gate, lora).silu() * up;                                        // (B·T, f)

        var scale = 2 * Math.Sqrt(2 / Math.PI);
        return up * ((up * up).Times(0.044715 * scale).Plus(scale) * up).sigmoid();                                // (B·T, f)
    }

    // y = W·x + b + scale · B·(A·x)
    private Tensor Project(Tensor x, FusedProjection projection, FusedLora? lora)
    {
        x = _precision.Of(x);                                                                                      // (N, in)
        var y = x.matmul(_precision.Of(_projections[projection]).t());                                             // (N, in) * (in, out)
        if (lora is not null && lora.Changes.TryGetValue((_index, projection), out var change))
            y.addmm_(x.matmul(_precision.Of(change.A).t()), _precision.Of(change.B).t(), 1, lora.Scale);           // (N, out) + (N, r) * (r, out)
        y = _precision.Back(y);
        return _biases.TryGetValue(projection, out var bias) ? y.AddInPlace(bias) : y;                                   // (N, out) + (out)
    }
}
