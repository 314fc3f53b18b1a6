using Rlhf.Inference;
using Rlhf.Learning.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>The norm of the model's family: RMS norm, or layer norm with a bias.</summary>
internal sealed class Norm : nn.Module
{
    private readonly string _path;
    private readonly double _epsilon;
    private readonly Parameter _scale;
    private readonly Parameter? _bias;

    public Norm(ModelConfig config, ModelWeights weights, string path, bool trainable, Device device)
        : base(nameof(Norm))
    {
        _path = path;
        _epsilon = config.NormEpsilon;
        _scale = weights[path].ToParameter(trainable, device);                                                     // (d)
        register_parameter(nameof(_scale), _scale);
        if (!config.HasLayerNorms)
            return;
        _bias = weights[ModelWeights.NormBias(path)].ToParameter(trainable, device);                               // (d)
        register_parameter(nameof(_bias), _bias);
    }

    /// <summary>x / √(mean(x²) + ε) · scale, or (x − mean(x)) / √(var(x) + ε) · scale + bias, along the last dimension.</summary>
    public Tensor Apply(Tensor x) => _bias is null
        ? x * (x * x).mean([-1], keepdim: true).Plus(_epsilon).rsqrt() * _scale                                     // (N, d) * (N, 1) * (d)
        : nn.functional.layer_norm(x, [_scale.shape[0]], _scale, _bias, _epsilon);                                 // (N, d)

    /// <summary>The tensors under the model's names.</summary>
    public IEnumerable<(string Name, WeightTensor Weight)> Weights()
    {
        yield return (_path, _scale.ToWeight());
        if (_bias is not null)
            yield return (ModelWeights.NormBias(_path), _bias.ToWeight());
    }
}
