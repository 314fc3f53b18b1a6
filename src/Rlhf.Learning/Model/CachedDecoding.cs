using Rlhf.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>Some prompts that are continued together, a token a row at a time, on whatever device the trunk lies. Without gradient.</summary>
internal sealed class CachedDecoding : IDisposable
{
    // Not minus infinity: a row of padding that sees nothing but padding must stay a number.
    private const float Nothing = -1e30f;

    private readonly CausalLm _trunk;
    private readonly LoraParameters? _lora;
    private readonly RotaryTable _rotary;
    private readonly CausalMask _mask;
    private readonly Tensor _padding;
    private readonly Tensor _starts;
    private readonly CachedAttention[] _layers;
    private long _columns;

    /// <param name="trunk">The trunk.</param>
    /// <param name="starts">Columns of padding before each prompt.</param>
    /// <param name="columns">Columns of prompts and replies together, at most.</param>
    /// <param name="lora">The change to the projections; the bare trunk without it.</param>
    public CachedDecoding(CausalLm trunk, IReadOnlyList<int> starts, int columns, LoraParameters? lora)
    {
        using var scope = NewDisposeScope();
        _trunk = trunk;
        _lora = lora;
        _rotary = new RotaryTable(trunk.Config, trunk.Device);
        _mask = new CausalMask(trunk.Config, trunk.Device);
        var padding = new float[starts.Count * columns];
        for (var b = 0; b < starts.Count; b++)
            padding.AsSpan(b * columns, starts[b]).Fill(Nothing);

        _padding = tensor(padding, [starts.Count, 1, 1, columns], device: trunk.Device);               // (B, 1, 1, columns)
        _starts = tensor(starts.Select(start => (long)start).ToArray(), [starts.Count, 1], device: trunk.Device);    // (B, 1)
        _layers = [.. Enumerable.Range(0, trunk.Config.Layers).Select(_ => new CachedAttention(trunk.Config, _rotary, _mask, _padding))];
        _padding.DetachFromDisposeScope();
        _starts.DetachFromDisposeScope();
    }

    /// <summary>Reads on.</summary>
    /// <param name="ids">(B, T), int64: the prompts, padded on the left, and after them a token a row.</param>
    /// <returns>(B, d): the residual stream after the final norm at each row's last token.</returns>
    public Tensor Read(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var length = ids.shape[1];
        var columns = tensor(Enumerable.Range((int)_columns, (int)length).Select(column => (long)column).ToArray(), device: _trunk.Device);    // (T)
        var positions = (columns.unsqueeze(0) - _starts).relu();                                       // (B, T): not below 0
        _columns += length;
        return _trunk.Continue(ids, positions, _layers, _lora?.Fuse()).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();

        _padding.Dispose();
        _starts.Dispose();
        _rotary.Dispose();
        _mask.Dispose();
    }
}
