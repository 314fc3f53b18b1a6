using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Ppo;

/// <summary>
/// How much reward is still to come at each position: the trunk, a LoRA that starts as the reward model's, and a head that starts at
/// zero (arXiv 2403.17031).
/// </summary>
internal sealed class ValueModel : nn.Module
{
    private readonly CausalLm _trunk;
    private readonly LoraParameters _lora;
    private readonly Parameter _head;
    private readonly int _split;

    public ValueModel(CausalLm trunk, LoraAdapter lora)
        : base(nameof(ValueModel))
    {
        _trunk = trunk;
        _lora = new LoraParameters(trunk.Config, lora);
        _head = new Parameter(zeros(trunk.Config.HiddenSize + 1, 1).DetachFromDisposeScope());      // (d + 1, 1): the last row is the bias
        _head.DetachFromDisposeScope();
        _split = lora.Modules.Keys.Min(path => int.Parse(path.Split('.')[2], System.Globalization.CultureInfo.InvariantCulture));
        register_module(nameof(_lora), _lora);
        register_parameter(nameof(_head), _head);
    }

    /// <summary>The residual stream below the layers that train, (B, T, d); the same for all epochs of an iteration.</summary>
    public Tensor Below(Tensor ids)
    {
        using var noGradient = no_grad();
        return _trunk.Below(ids, _split);
    }

    /// <summary>The values before each of the N generated tokens, (N).</summary>
    /// <param name="below">(B, T, d), from <see cref="Below"/>.</param>
    /// <param name="positions">(N), int64: b·T + t.</param>
    public Tensor Values(Tensor below, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var width = _trunk.Config.HiddenSize;
        var hidden = _trunk.Above(below, _split, _lora).reshape(-1, width).index_select(0, positions);             // (N, d)
        return (hidden.matmul(_head.narrow(0, 0, width)) + _head.narrow(0, width, 1)).squeeze(1).MoveToOuterDisposeScope();   // (N, d) * (d, 1) + (1, 1)
    }
}
