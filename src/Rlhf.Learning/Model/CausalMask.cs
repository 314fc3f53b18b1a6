using Rlhf.Inference;
using static TorchSharp.torch;

namespace Rlhf.Learning.Model;

/// <summary>Minus infinity where a key lies after the query; one row for each query head of a group. Grows to the longest sequence seen.
/// Threads may share it: one that was outgrown is freed when its last reader is done.</summary>
internal sealed class CausalMask(ModelConfig config, Device device) : IDisposable
{
    private const long Block = 128;

    private readonly long _group = config.Heads / config.KeyValueHeads;
    private readonly Lock _growing = new();
    private volatile Tensor? _mask;

    /// <summary>(≥T·g, ≥T), to be added to scores.</summary>
    public Tensor Of(long length)
    {
        if (_mask is { } known && known.shape[1] >= length)
            return known;
        lock (_growing)
            return _mask is { } grown && grown.shape[1] >= length ? grown : _mask = Make(length);
    }

    public void Dispose() => _mask?.Dispose();

    private Tensor Make(long length)
    {
        var rounded = Math.Min(config.ContextLength, (length + Block - 1) / Block * Block);
        var values = new float[rounded * _group * rounded];
        for (long row = 0; row < rounded * _group; row++)
            values.AsSpan((int)(row * rounded + row / _group + 1)..(int)((row + 1) * rounded)).Fill(float.NegativeInfinity);
        return tensor(values, [rounded * _group, rounded], device: device).DetachFromDisposeScope();
    }
}
