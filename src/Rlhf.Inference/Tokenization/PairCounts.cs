using System.Runtime.InteropServices;

namespace Rlhf.Inference;

/// <summary>How often each pair of neighbours occurs in a list of counted words, kept up to date while pairs are replaced.</summary>
internal sealed class PairCounts
{
    private readonly List<(int[] Ids, long Count)> _words;
    private readonly Dictionary<(int Left, int Right), long> _counts = [];

    // Where a pair occurs or once did: a word is looked at again before it is changed.
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _places = [];

    // An entry whose count is no longer the pair's is out of date and skipped.
    private readonly PriorityQueue<(int Left, int Right), (long NegatedCount, int Left, int Right)> _queue = new();

    public PairCounts(List<(int[] Ids, long Count)> words)
    {
        _words = words;
        for (int word = 0; word < words.Count; word++)
            Count(word, +1);
        foreach (((int left, int right), long count) in _counts)
            _queue.Enqueue((left, right), (-count, left, right));
    }

    /// <summary>The pair that occurs most often, or null when none occurs twice.</summary>
    public (int Left, int Right)? MostFrequent()
    {
        while (_queue.TryDequeue(out (int Left, int Right) pair, out (long NegatedCount, int, int) key))
        {
            if (_counts.GetValueOrDefault(pair) == -key.NegatedCount && -key.NegatedCount > 1)
                return pair;
        }

        return null;
    }

    /// <summary>Makes every occurrence of the pair one <paramref name="result"/>.</summary>
    public void Replace(int left, int right, int result)
    {
        var changed = new HashSet<(int, int)>();
        foreach (int word in _places[(left, right)])
        {
            int[] ids = Merged(_words[word].Ids, left, right, result);
            if (ids.Length == _words[word].Ids.Length)
                continue;
            Count(word, -1, changed);
            _words[word] = (ids, _words[word].Count);
            Count(word, +1, changed);
        }

        _places.Remove((left, right));
        foreach ((int Left, int Right) pair in changed)
        {
            long count = _counts[pair];
            if (count > 0)
                _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
    }

    private void Count(int word, int sign, HashSet<(int, int)>? changed = null)
    {
        (int[] ids, long count) = _words[word];
        for (int i = 0; i + 1 < ids.Length; i++)
        {
            (int, int) pair = (ids[i], ids[i + 1]);
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
            changed?.Add(pair);
            if (sign > 0)
                (CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _) ??= []).Add(word);
        }
    }

    private static int[] Merged(int[] ids, int left, int right, int result)
    {
        var merged = new List<int>(ids.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            if (i + 1 < ids.Length && ids[i] == left && ids[i + 1] == right)
            {
                merged.Add(result);
                i++;
            }
            else
            {
                merged.Add(ids[i]);
            }
        }

        return merged.Count == ids.Length ? ids : [.. merged];
    }
}
