using Rlhf.Inference;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>One layer of the decoder: attention and SwiGLU, each behind an RMS norm and added to the residual stream.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly ModelConfig _config;
    private readonly int _index;
    private readonly ProductPrecision _precision;
    private readonly Parameter _inputNorm;
    private readonly Parameter _postAttentionNorm;
    private readonly Dictionary<FusedProjection, Parameter> _projections = [];

    public DecoderLayer(ModelConfig config, ModelWeights weights, int index, bool trainable, Device device, ProductPrecision precision)
        : base(nameof(DecoderLayer))
    {
        _config = config;
        _index = index;
        _precision = precision;
        _inputNorm = weights[ModelWeights.InputNorm(index)].ToParameter(trainable, device);                        // (d)
        _postAttentionNorm = weights[ModelWeights.PostAttentionNorm(index)].ToParameter(trainable, device);        // (d)
        register_parameter(nameof(_inputNorm), _inputNorm);
        register_parameter(nameof(_postAttentionNorm), _postAttentionNorm);
        foreach (var projection in FusedProjection.All)
        {
            var parameter = projection.Join(config, weights, index).ToParameter(trainable, device, precision);     // (out, in)
            _projections.Add(projection, parameter);
            register_parameter(projection.Name, parameter);
        }
    }

    /// <summary>(B·T, d) to (B·T, d).</summary>
    public Tensor Forward(Tensor x, long batch, long length, CausalAttention attention, FusedLora? lora)
    {
        using var scope = NewDisposeScope();
        var normed = RmsNorm(x, _inputNorm, _config.NormEpsilon);                                                  // (B·T, d)
        var attended = attention.Attend(Project(normed, FusedProjection.QueryKeyValue, lora), batch, length);      // (B·T, H·h)
        x = x + Project(attended, FusedProjection.Output, lora);                                                   // (B·T, d)
        normed = RmsNorm(x, _postAttentionNorm, _config.NormEpsilon);                                              // (B·T, d)
        var halves = Project(normed, FusedProjection.GateUp, lora).chunk(2, 1);                                    // 2 of (B·T, f)
        var gated = halves[0].silu() * halves[1];                                                                  // (B·T, f)
        return (x + Project(gated, FusedProjection.Down, lora)).MoveToOuterDisposeScope();                         // (B·T, d)
    }

    /// <summary>x / √(mean(x²) + ε) · weight along the last dimension.</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
        => x * (x * x).mean([-1], keepdim: true).add(epsilon).rsqrt() * weight;                                    // (N, d) * (N, 1) * (d)

    /// <summary>The layer's tensors under Hugging Face's names.</summary>
    public IEnumerable<(string Name, WeightTensor Weight)> Weights()
        => FusedProjection.All.SelectMany(projection => projection.Split(_config, _projections[projection].ToArray(), _index))
            .Append((ModelWeights.InputNorm(_index), _inputNorm.ToWeight()))
            .Append((ModelWeights.PostAttentionNorm(_index), _postAttentionNorm.ToWeight()));

    // y = W·x + scale · B·(A·x)
    private Tensor Project(Tensor x, FusedProjection projection, FusedLora? lora)
    {
        x = _precision.Of(x);                                                                                      // (N, in)
        var y = x.matmul(_precision.Of(_projections[projection]).t());                                             // (N, in) * (in, out)
        if (lora is not null && lora.Changes.TryGetValue((_index, projection), out var change))
            y.addmm_(x.matmul(_precision.Of(change.A).t()), _precision.Of(change.B).t(), 1, lora.Scale);           // (N, out) + (N, r) * (r, out)
        return _precision.Back(y);
    }
}
