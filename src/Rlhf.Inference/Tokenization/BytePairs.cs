namespace Rlhf.Inference;

/// <summary>One merge rule: where <paramref name="Left"/> and <paramref name="Right"/> are neighbours they become <paramref name="Result"/>.</summary>
internal readonly record struct Merge(int Left, int Right, int Result);

/// <summary>Applies merge rules to the symbols of a piece: always the earliest rule first, the leftmost place first.</summary>
internal sealed class BytePairs
{
    private readonly Dictionary<long, (int Rank, int Result)> _rules;

    public BytePairs(IReadOnlyList<Merge> merges)
    {
        _rules = new Dictionary<long, (int, int)>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
            _rules.TryAdd(Key(merges[rank].Left, merges[rank].Right), (rank, merges[rank].Result));
    }

    /// <summary>The ids a piece ends as. Takes n log n time, so that a hostile run of letters stays harmless.</summary>
    /// <param name="ids">The ids of its symbols; changed.</param>
    public int[] Apply(int[] ids)
    {
        if (ids.Length < 2)
            return ids;

        // A linked list over the places; a merged-away place has the id -1.
        var next = new int[ids.Length];
        var previous = new int[ids.Length];
        var candidates = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (int i = 0; i < ids.Length; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (int i = 0; i + 1 < ids.Length; i++)
            Propose(i);
        int count = ids.Length;
        while (candidates.TryDequeue(out (int At, int Left, int Right) candidate, out _))
        {
            int at = candidate.At;
            int right = next[at];
            // The place may have changed since it was proposed.
            if (ids[at] != candidate.Left || right >= ids.Length || ids[right] != candidate.Right)
                continue;
            ids[at] = _rules[Key(candidate.Left, candidate.Right)].Result;
            ids[right] = -1;
            next[at] = next[right];
            if (next[at] < ids.Length)
                previous[next[at]] = at;
            count--;
            if (previous[at] >= 0)
                Propose(previous[at]);
            if (next[at] < ids.Length)
                Propose(at);
        }

        var result = new int[count];
        for (int i = 0, n = 0; i < ids.Length; i = next[i])
            result[n++] = ids[i];
        return result;

        void Propose(int at)
        {
            if (_rules.TryGetValue(Key(ids[at], ids[next[at]]), out (int Rank, int Result) rule))
                candidates.Enqueue((at, ids[at], ids[next[at]]), (rule.Rank, at));
        }
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
