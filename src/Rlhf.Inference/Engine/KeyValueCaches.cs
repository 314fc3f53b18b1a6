namespace Rlhf.Inference;

/// <summary>Caches that no sequence uses, kept for the next: fresh memory costs more than a step.</summary>
internal sealed class KeyValueCaches(ModelConfig config, Kernels kernels, int limit)
{
    private const int Smallest = 64;

    private readonly List<KeyValueCache> _free = [];

    /// <summary>The smallest free cache with room enough, or a new one.</summary>
    public KeyValueCache Take(int positions)
    {
        int best = -1;
        for (int i = 0; i < _free.Count; i++)
        {
            if (_free[i].Capacity >= positions && (best < 0 || _free[i].Capacity < _free[best].Capacity))
                best = i;
        }

        if (best >= 0)
        {
            KeyValueCache found = _free[best];
            _free.RemoveAt(best);
            return found;
        }

        // Powers of two, so that few sizes serve all.
        int capacity = Smallest;
        while (capacity < positions)
            capacity *= 2;
        return new KeyValueCache(config, kernels, Math.Max(positions, Math.Min(capacity, config.ContextLength)));
    }

    /// <summary>Takes a cache back. The contents stay: every position is written before it is read.</summary>
    public void Return(KeyValueCache cache)
    {
        if (_free.Count == limit)
            _free.RemoveAt(0);
        _free.Add(cache);
    }
}
