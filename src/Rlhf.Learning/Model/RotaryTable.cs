using Rlhf.Inference;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>
/// Rotary positions for queries and keys together, computed once: x·cos + roll(x)·sin, where the roll brings each half of a head to
/// the place of the other and the sign of the rotation is in the table. The queries' rows also carry attention's 1/√(head size). In a
/// model with learned positions nothing turns. The table grows to the longest sequence seen: a model's context may be far longer. Threads
/// may share it: one that was outgrown is freed when its last reader is done.
/// </summary>
internal sealed class RotaryTable(ModelConfig config, Device device) : IDisposable
{
    private const long Block = 256;

    private readonly long _half = config.HeadSize / 2;
    private readonly Lock _growing = new();
    private volatile Angles? _angles;

    /// <summary>Rotates (B, T, H+K, h) by the positions <paramref name="from"/> … <paramref name="from"/>+T−1.</summary>
    public Tensor Rotate(Tensor heads, long from = 0)
    {
        var length = heads.shape[1];
        var (cos, sin) = Of(from + length);
        var turned = heads.roll(_half, -1) * sin.narrow(0, from, length);   // (B, T, H+K, h) * (T, H+K, h)
        return heads.mul(cos.narrow(0, from, length)).AddInPlace(turned);   // (B, T, H+K, h)
    }

    public void Dispose()
    {
        _angles?.Cos.Dispose();
        _angles?.Sin.Dispose();
    }

    private Angles Of(long needed)
    {
        if (_angles is { } known && known.Cos.shape[0] >= needed)
            return known;
        lock (_growing)
            return _angles is { } grown && grown.Cos.shape[0] >= needed ? grown : _angles = Make(needed);
    }

    private Angles Make(long needed)
    {
        var length = Math.Min(config.ContextLength, (needed + Block - 1) / Block * Block);
        var (heads, size) = (config.Heads + config.KeyValueHeads, config.HeadSize);
        var frequencies = config.HasRotaryPositions ? RotaryFrequencies.Of(config) : new float[_half];
        var cos = new float[length * heads * size];
        var sin = new float[length * heads * size];
        for (var position = 0; position < length; position++)
        {
            for (var i = 0; i < size; i++)
            {
                var angle = position * frequencies[i % _half];
                var (turned, shifted) = (Math.Cos(angle), i < _half ? -Math.Sin(angle) : Math.Sin(angle));
                for (var head = 0; head < heads; head++)
                {
                    var scale = head < config.Heads ? 1 / Math.Sqrt(size) : 1;
                    cos[(((position * heads) + head) * size) + i] = (float)(scale * turned);
                    sin[(((position * heads) + head) * size) + i] = (float)(scale * shifted);
                }
            }
        }

        return new Angles(
            tensor(cos, [length, heads, size], device: device).DetachFromDisposeScope(),
            tensor(sin, [length, heads, size], device: device).DetachFromDisposeScope());
    }

    /// <param name="Cos">(T, H+K, h).</param>
    /// <param name="Sin">(T, H+K, h), with the rotation's sign.</param>
    private sealed record Angles(Tensor Cos, Tensor Sin);
}
