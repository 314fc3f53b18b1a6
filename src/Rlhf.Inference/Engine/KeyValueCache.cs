namespace Rlhf.Inference;

/// <summary>Keys and values of one sequence, for all layers.</summary>
internal sealed unsafe class KeyValueCache
{
    private readonly AlignedFloats _keys;
    private readonly AlignedFloats _values;
    private readonly int _layers;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _paddedHead;
    private readonly int _lanes;

    public KeyValueCache(ModelConfig config, Kernels kernels, int capacity)
    {
        _layers = config.Layers;
        _heads = config.KeyValueHeads;
        _headSize = config.HeadSize;
        _paddedHead = kernels.Padded(config.HeadSize);
        _lanes = kernels.Lanes;
        Capacity = kernels.Padded(capacity);
        _keys = new AlignedFloats((long)_layers * _heads * Capacity * _headSize);
        _values = new AlignedFloats((long)_layers * _heads * Capacity * _paddedHead);
    }

    /// <summary>Positions there is room for.</summary>
    public int Capacity { get; }

    /// <summary>What the cache takes.</summary>
    public long Bytes => ((long)_keys.Length + _values.Length) * sizeof(float);

    /// <summary>What a cache for so many positions takes.</summary>
    public static long BytesFor(ModelConfig config, Kernels kernels, int capacity) =>
        (long)config.Layers * config.KeyValueHeads * kernels.Padded(capacity) * (config.HeadSize + kernels.Padded(config.HeadSize)) * sizeof(float);

    /// <summary>(block of positions, head, lanes).</summary>
    public float* Keys(int layer, int head) => _keys.Pointer + ((((long)layer * _heads) + head) * Capacity * _headSize);

    /// <summary>(position, padded head).</summary>
    public float* Values(int layer, int head) => _values.Pointer + ((((long)layer * _heads) + head) * Capacity * _paddedHead);

    /// <summary>Stores one position's rotated key and its value.</summary>
    public void Write(int layer, int head, int position, float* key, float* value)
    {
        float* keys = Keys(layer, head) + ((long)(position / _lanes) * _headSize * _lanes) + (position % _lanes);
        for (int i = 0; i < _headSize; i++)
            keys[i * _lanes] = key[i];
        new ReadOnlySpan<float>(value, _headSize).CopyTo(new Span<float>(Values(layer, head) + ((long)position * _paddedHead), _headSize));
    }

    /// <summary>Takes over another cache's first positions. Whole blocks of keys are copied: what is behind the last position is written before it is read.</summary>
    public void CopyFrom(KeyValueCache other, int positions)
    {
        int keys = (positions + _lanes - 1) / _lanes * _lanes * _headSize;
        int values = positions * _paddedHead;
        for (int layer = 0; layer < _layers; layer++)
        {
            for (int head = 0; head < _heads; head++)
            {
                new ReadOnlySpan<float>(other.Keys(layer, head), keys).CopyTo(new Span<float>(Keys(layer, head), keys));
                new ReadOnlySpan<float>(other.Values(layer, head), values).CopyTo(new Span<float>(Values(layer, head), values));
            }
        }
    }
}
