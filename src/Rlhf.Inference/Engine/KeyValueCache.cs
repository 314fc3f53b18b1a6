namespace Rlhf.Inference;

/// <summary>Keys and values of one sequence, for all layers.</summary>
internal sealed unsafe class KeyValueCache
{
    private readonly AlignedFloats _keys;
    private readonly AlignedFloats _values;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _paddedHead;
    private readonly int _lanes;

    public KeyValueCache(ModelConfig config, Kernels kernels, int capacity)
    {
        _heads = config.KeyValueHeads;
        _headSize = config.HeadSize;
        _paddedHead = kernels.Padded(config.HeadSize);
        _lanes = kernels.Lanes;
        Capacity = kernels.Padded(capacity);
        _keys = new AlignedFloats((long)config.Layers * _heads * Capacity * _headSize);
        _values = new AlignedFloats((long)config.Layers * _heads * Capacity * _paddedHead);
    }

    /// <summary>Positions there is room for.</summary>
    public int Capacity { get; }

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
}
