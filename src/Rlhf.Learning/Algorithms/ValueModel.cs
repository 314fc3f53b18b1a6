using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// How much reward is still to come at each position: the trunk, a LoRA that starts as the reward model's, and a head that starts at
/// zero (arXiv 2403.17031).
/// </summary>
internal sealed class ValueModel : nn.Module
{
    private readonly CausalLm _trunk;
    private readonly LoraParameters _lora;
    private readonly Parameter _head;

    public ValueModel(CausalLm trunk, LoraAdapter lora)
        : base(nameof(ValueModel))
    {
        _trunk = trunk;
        _lora = new LoraParameters(trunk.Config, lora, device: trunk.Device);
        _head = new Parameter(zeros(trunk.Config.HiddenSize + 1, 1, device: trunk.Device).DetachFromDisposeScope());      // (d + 1, 1): the last row is the bias
        _head.DetachFromDisposeScope();
        Layer = lora.LowestLayer();
        register_module(nameof(_lora), _lora);
        register_parameter(nameof(_head), _head);
    }

    /// <summary>The lowest layer that trains: what lies below is computed once for all epochs of an iteration.</summary>
    public int Layer { get; }

    /// <summary>The values before each of the N generated tokens, (N).</summary>
    /// <param name="below">(B, T, d): the bare trunk's residual stream below <see cref="Layer"/>.</param>
    /// <param name="positions">(N), int64: b·T + t.</param>
    public Tensor Values(Tensor below, Tensor positions)
    {
        using var scope = NewDisposeScope();
        var width = _trunk.Config.HiddenSize;
        var hidden = _trunk.AboveAt(below, Layer, positions, _lora);                                               // (N, d)
        return hidden.matmul(_head.narrow(0, 0, width)).Plus(_head.narrow(0, width, 1)).squeeze(1).MoveToOuterDisposeScope();   // (N, d) * (d, 1) + (1, 1)
    }
}
