using System.Numerics;

namespace Rlhf.Inference;

/// <summary>
/// The memory for keys and values, within a budget: that of running sequences, what finished ones left, and what is free for the next.
/// </summary>
/// <remarks>
/// A sequence has one piece of memory with room for its whole reply, and what is known of its beginning is copied there, or the piece itself
/// is handed on when a conversation continues. Blocks that sequences share by reference would keep a common beginning once instead of once
/// for each; but then attention would jump from block to block in its innermost loop, and a reply could run out of memory half-way. A copied
/// position costs less than a hundredth of a computed one.
/// </remarks>
internal sealed class KeyValueCaches(ModelConfig config, Kernels kernels, long budget)
{
    /// <summary>A beginning shorter than this is not worth looking for: every chat begins with the same few tokens.</summary>
    public const int Least = 16;

    private const int Smallest = 64;

    private readonly List<KeyValueCache> _free = [];
    private readonly KeptPrefixes _kept = new();
    private volatile CacheFigures _figures = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>The figures after the last change.</summary>
    public CacheFigures Figures
    {
        get => _figures;
        private set => _figures = value;
    }

    /// <summary>What a sequence of so many positions takes of the budget: sizes are powers of two, so that few of them serve all.</summary>
    public static long BytesFor(ModelConfig config, Kernels kernels, int positions) => KeyValueCache.BytesFor(config, kernels, Capacity(config, positions));

    /// <summary>Gives a sequence its cache with what finished sequences know of its prompt in it; false while running sequences have all the memory.</summary>
    public bool TryGive(Sequence sequence)
    {
        (KeptPrefix? prefix, int common) = Find(sequence);
        if (prefix is not null && common == prefix.Tokens.Length && prefix.Cache.Capacity >= sequence.Capacity)
        {
            Forget(prefix);
            sequence.Cache = prefix.Cache;
            Reused(sequence, common);
        }
        else
        {
            if (prefix is not null)
                _kept.Touch(prefix);
            sequence.Cache = Take(Capacity(config, sequence.Capacity));
            if (sequence.Cache is null)
                return false;
            if (prefix is not null)
                Copy(prefix.Cache, sequence, common);
        }

        Figures = Figures with { Prompts = Figures.Prompts + 1, PromptTokens = Figures.PromptTokens + sequence.Prompt.Length };
        return true;
    }

    /// <summary>Looks again for what finished sequences know of a prompt.</summary>
    public void Fill(Sequence sequence)
    {
        (KeptPrefix? prefix, int common) = Find(sequence);
        if (prefix is not null)
            Copy(prefix.Cache, sequence, common);
    }

    /// <summary>Copies the positions up to <paramref name="positions"/>, which another cache has, into a sequence's own.</summary>
    public void Copy(KeyValueCache source, Sequence sequence, int positions)
    {
        // Memory may have been so short that the sequence was given the very cache it was to copy from.
        if (source != sequence.Cache)
            sequence.Cache!.CopyFrom(source, positions);
        Reused(sequence, positions);
    }

    /// <summary>Takes a sequence's cache back and keeps what is in it for others, unless its version takes no more requests.</summary>
    public void TakeBack(Sequence sequence)
    {
        KeyValueCache cache = sequence.Cache!;
        sequence.Cache = null;
        if (sequence.Version.Retired || sequence.Cached < Least)
        {
            _free.Add(cache);
            return;
        }

        var prefix = new KeptPrefix(sequence.Version, sequence.Known[..sequence.Cached], cache);
        // The same reply drawn again, or one that this one went on from, is of no more use.
        if (_kept.Find(prefix.Version, prefix.Tokens) is { Prefix: { } before, Common: int common } && common == before.Tokens.Length)
            Release(before);
        _kept.Add(prefix);
        Figures = Figures with { KeptBytes = Figures.KeptBytes + cache.Bytes };
    }

    /// <summary>Gives free what versions left that take no more requests.</summary>
    public void ReleaseRetired()
    {
        while (_kept.OfRetired() is { } prefix)
            Release(prefix);
    }

    private static int Capacity(ModelConfig config, int positions) =>
        Math.Min((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(positions, Smallest)), config.ContextLength);

    // The prompt's last token is computed in any case: its logits are wanted.
    private (KeptPrefix? Prefix, int Common) Find(Sequence sequence)
    {
        (KeptPrefix? prefix, int common) = _kept.Find(sequence.Version, sequence.Prompt.Span[..^1]);
        return common >= sequence.Cached + Least ? (prefix, common) : default;
    }

    private void Reused(Sequence sequence, int positions)
    {
        Figures = Figures with
        {
            Hits = Figures.Hits + (sequence.Cached == 0 ? 1 : 0),
            ReusedTokens = Figures.ReusedTokens + positions - sequence.Cached,
        };
        sequence.Reused += positions - sequence.Cached;
        sequence.Cached = positions;
    }

    // A free one of this size, or a new one, for which others of the free ones go first and then what was not used for longest.
    private KeyValueCache? Take(int capacity)
    {
        long bytes = KeyValueCache.BytesFor(config, kernels, capacity);
        while (true)
        {
            int found = _free.FindLastIndex(free => free.Bytes == bytes);
            if (found >= 0)
            {
                KeyValueCache cache = _free[found];
                _free.RemoveAt(found);
                return cache;
            }

            if (Figures.Bytes + bytes <= budget)
            {
                var cache = new KeyValueCache(config, kernels, capacity);
                Figures = Figures with { Bytes = Figures.Bytes + bytes };
                return cache;
            }

            if (_free.Count > 0)
            {
                Figures = Figures with { Bytes = Figures.Bytes - _free[^1].Bytes };
                _free.RemoveAt(_free.Count - 1);
            }
            else if (_kept.Oldest is { } oldest)
            {
                Release(oldest);
                Figures = Figures with { Evictions = Figures.Evictions + 1 };
            }
            else
            {
                return null;
            }
        }
    }

    private void Release(KeptPrefix prefix)
    {
        Forget(prefix);
        _free.Add(prefix.Cache);
    }

    private void Forget(KeptPrefix prefix)
    {
        _kept.Remove(prefix);
        Figures = Figures with { KeptBytes = Figures.KeptBytes - prefix.Cache.Bytes };
    }
}
