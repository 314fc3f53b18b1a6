using Rlhf.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>
/// Rotary positions for queries and keys together, computed once: x·cos + roll(x)·sin, where the roll brings each half of a head to
/// the place of the other and the sign of the rotation is in the table. The queries' rows also carry attention's 1/√(head size).
/// </summary>
internal sealed class RotaryTable : IDisposable
{
    private readonly long _half;
    private readonly Tensor _cos;
    private readonly Tensor _sin;

    public RotaryTable(ModelConfig config, Device device)
    {
        var (length, heads, size) = (config.ContextLength, config.Heads + config.KeyValueHeads, config.HeadSize);
        _half = size / 2;
        var cos = new float[length * heads * size];
        var sin = new float[length * heads * size];
        for (var position = 0; position < length; position++)
        {
            for (var head = 0; head < heads; head++)
            {
                var scale = head < config.Heads ? 1 / Math.Sqrt(size) : 1;
                var row = (position * heads + head) * size;
                for (var i = 0; i < size; i++)
                {
                    var angle = position * Math.Pow(config.RopeTheta, -2.0 * (i % _half) / size);
                    cos[row + i] = (float)(scale * Math.Cos(angle));
                    sin[row + i] = (float)(scale * (i < _half ? -Math.Sin(angle) : Math.Sin(angle)));
                }
            }
        }

        // (C, H+K, h)
        _cos = tensor(cos, [length, heads, size], device: device).DetachFromDisposeScope();
        _sin = tensor(sin, [length, heads, size], device: device).DetachFromDisposeScope();
    }

    /// <summary>Rotates (B, T, H+K, h) by the positions 0 … T−1.</summary>
    public Tensor Rotate(Tensor heads)
    {
        var length = heads.shape[1];
        var turned = heads.roll(_half, -1) * _sin.narrow(0, 0, length);      // (B, T, H+K, h) * (T, H+K, h)
        return heads.mul(_cos.narrow(0, 0, length)).add_(turned);            // (B, T, H+K, h)
    }

    public void Dispose()
    {
        _cos.Dispose();
        _sin.Dispose();
    }
}
