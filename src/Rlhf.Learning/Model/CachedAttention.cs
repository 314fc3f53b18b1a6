using Rlhf.Inference;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>
/// One layer's attention while replies are drawn: it keeps the keys and values of what it has seen. The first call brings whole prompts,
/// padded on the left so that all end in the same column; each later one brings a token a row. Without gradient.
/// </summary>
/// <param name="config">The model's shape.</param>
/// <param name="rotary">The positions; a rotation depends on how far two columns are apart, so padding does not matter to it.</param>
/// <param name="mask">The causal mask.</param>
/// <param name="padding">(B, 1, 1, columns), what is added to the scores of a column: very little where it is padding, else 0.</param>
internal sealed class CachedAttention(ModelConfig config, RotaryTable rotary, CausalMask mask, Tensor padding) : IAttention, IDisposable
{
    private readonly long _heads = config.Heads;
    private readonly long _pairs = config.KeyValueHeads;
    private readonly long _group = config.Heads / config.KeyValueHeads;
    private readonly long _size = config.HeadSize;
    private readonly Tensor _keys = zeros([padding.shape[0], config.KeyValueHeads, config.HeadSize, padding.shape[3]], device: padding.device).DetachFromDisposeScope();      // (B, K, h, columns)
    private readonly Tensor _values = zeros([padding.shape[0], config.KeyValueHeads, padding.shape[3], config.HeadSize], device: padding.device).DetachFromDisposeScope();    // (B, K, columns, h)
    private long _seen;

    /// <inheritdoc/>
    public Tensor Attend(Tensor qkv, long batch, long length)
    {
        using var scope = NewDisposeScope();
        var parts = qkv.split([(_heads + _pairs) * _size, _pairs * _size], 1);
        var heads = rotary.Rotate(parts[0].view(batch, length, _heads + _pairs, _size), _seen).split([_heads, _pairs], 2);    // (B, T, H, h), (B, T, K, h)
        var query = heads[0].view(batch, length, _pairs, _group, _size).permute(0, 2, 1, 3, 4)
            .reshape(batch, _pairs, length * _group, _size);                                                   // (B, K, T·g, h)
        _keys.narrow(3, _seen, length).copy_(heads[1].permute(0, 2, 3, 1));                                    // (B, K, h, T)
        _values.narrow(2, _seen, length).copy_(parts[1].view(batch, length, _pairs, _size).permute(0, 2, 1, 3));    // (B, K, T, h)
        var before = _seen;
        _seen += length;

        var scores = query.matmul(_keys.narrow(3, 0, _seen));                                                  // (B, K, T·g, h) * (B, K, h, seen)
        scores.AddInPlace(padding.narrow(3, 0, _seen));                                                              // (B, K, T·g, seen) + (B, 1, 1, seen)
        if (length > 1)
            scores.AddInPlace(mask.Of(_seen).narrow(0, before * _group, length * _group).narrow(1, 0, _seen));       // (B, K, T·g, seen) + (T·g, seen)

        return scores.softmax(-1).matmul(_values.narrow(2, 0, _seen))                                          // (B, K, T·g, h)
            .view(batch, _pairs, length, _group, _size).permute(0, 2, 1, 3, 4)
            .reshape(batch * length, _heads * _size).MoveToOuterDisposeScope();                                // (B·T, H·h)
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
