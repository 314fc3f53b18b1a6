using Rlhf.Inference;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>
/// Grouped-query attention in which a position sees itself and what is before it. The query heads of a group lie side by side as rows,
/// so that keys and values are never repeated, and queries go in blocks that meet only the keys up to the block's end: what the mask
/// would throw away is mostly not computed.
/// </summary>
internal sealed class CausalAttention(ModelConfig config, Device device) : IAttention, IDisposable
{
    private const long QueryBlock = 128;

    private readonly long _heads = config.Heads;
    private readonly long _pairs = config.KeyValueHeads;
    private readonly long _group = config.Heads / config.KeyValueHeads;
    private readonly long _size = config.HeadSize;
    private readonly RotaryTable _rotary = new(config, device);
    private readonly CausalMask _mask = new(config, device);

    /// <inheritdoc/>
    public Tensor Attend(Tensor qkv, long batch, long length)
    {
        using var scope = NewDisposeScope();
        var parts = qkv.split([(_heads + _pairs) * _size, _pairs * _size], 1);
        var rotated = _rotary.Rotate(parts[0].view(batch, length, _heads + _pairs, _size));        // (B, T, H+K, h)
        var heads = rotated.split([_heads, _pairs], 2);                                            // (B, T, H, h), (B, T, K, h)
        var query = heads[0].view(batch, length, _pairs, _group, _size).permute(0, 2, 1, 3, 4)
            .reshape(batch, _pairs, length * _group, _size);                                       // (B, K, T·g, h)
        var key = heads[1].permute(0, 2, 3, 1).contiguous();                                       // (B, K, h, T)
        var value = parts[1].view(batch, length, _pairs, _size).permute(0, 2, 1, 3).contiguous();  // (B, K, T, h)
        var mask = _mask.Of(length);                                                               // (≥T·g, ≥T)

        var blocks = new List<Tensor>();
        for (long from = 0; from < length; from += QueryBlock)
        {
            var rows = Math.Min(QueryBlock, length - from) * _group;
            var seen = Math.Min(from + QueryBlock, length);
            var scores = query.narrow(2, from * _group, rows).matmul(key.narrow(3, 0, seen));      // (B, K, n·g, h) * (B, K, h, m)
            scores.AddInPlace(mask.narrow(0, from * _group, rows).narrow(1, 0, seen));                   // (B, K, n·g, m) + (n·g, m)
            blocks.Add(scores.softmax(-1).matmul(value.narrow(2, 0, seen)));                       // (B, K, n·g, m) * (B, K, m, h)
        }

        var joined = blocks.Count == 1 ? blocks[0] : cat(blocks, 2);                               // (B, K, T·g, h)
        return joined.view(batch, _pairs, length, _group, _size).permute(0, 2, 1, 3, 4)
            .reshape(batch * length, _heads * _size).MoveToOuterDisposeScope();                    // (B·T, H·h)
    }

    public void Dispose()
    {
        _rotary.Dispose();
        _mask.Dispose();
    }
}
