namespace Rlhf.Inference;

/// <summary>Keys and values that a finished sequence left: those of <paramref name="tokens"/>, computed under <paramref name="version"/>.</summary>
internal sealed class KeptPrefix(LoadedVersion version, ReadOnlyMemory<int> tokens, KeyValueCache cache)
{
    public LoadedVersion Version => version;

    public ReadOnlySpan<int> Tokens => tokens.Span;

    public KeyValueCache Cache => cache;

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<KeptPrefix>? Use { get; set; }
}

/// <summary>
/// What finished sequences left, in the order of their tokens: whoever has the longest beginning in common with a prompt is then the prompt's
/// neighbour, so a search is a bisection. Apart for every version, because keys and values of one mean nothing to another; a version loaded
/// again under its old name is another one, too.
/// </summary>
internal sealed class KeptPrefixes
{
    private readonly Dictionary<LoadedVersion, List<KeptPrefix>> _byTokens = [];
    private readonly LinkedList<KeptPrefix> _byUse = [];

    /// <summary>The one that was not used for longest.</summary>
    public KeptPrefix? Oldest => _byUse.First?.Value;

    /// <summary>The one with the longest beginning in common with some tokens, and the beginning's length.</summary>
    public (KeptPrefix? Prefix, int Common) Find(LoadedVersion version, ReadOnlySpan<int> tokens)
    {
        if (!_byTokens.TryGetValue(version, out List<KeptPrefix>? sorted))
            return default;
        int place = Place(sorted, tokens);
        (KeptPrefix? Prefix, int Common) best = default;
        for (int i = Math.Max(place - 1, 0); i <= place && i < sorted.Count; i++)
        {
            int common = sorted[i].Tokens.CommonPrefixLength(tokens);
            if (common > best.Common)
                best = (sorted[i], common);
        }

        return best;
    }

    /// <summary>Takes one in, as used last.</summary>
    public void Add(KeptPrefix prefix)
    {
        if (!_byTokens.TryGetValue(prefix.Version, out List<KeptPrefix>? sorted))
            _byTokens.Add(prefix.Version, sorted = []);
        sorted.Insert(Place(sorted, prefix.Tokens), prefix);
        prefix.Use = _byUse.AddLast(prefix);
    }

    /// <summary>Takes note that one was of use.</summary>
    public void Touch(KeptPrefix prefix)
    {
        _byUse.Remove(prefix.Use!);
        _byUse.AddLast(prefix.Use!);
    }

    /// <summary>Gives one away.</summary>
    public void Remove(KeptPrefix prefix)
    {
        List<KeptPrefix> sorted = _byTokens[prefix.Version];
        // Others may have the same tokens; they stand behind the first of them.
        int place = Place(sorted, prefix.Tokens);
        sorted.RemoveAt(sorted.IndexOf(prefix, place));
        if (sorted.Count == 0)
            _byTokens.Remove(prefix.Version);
        _byUse.Remove(prefix.Use!);
    }

    /// <summary>One of a version that takes no more requests, or null.</summary>
    public KeptPrefix? OfRetired()
    {
        foreach ((LoadedVersion version, List<KeptPrefix> sorted) in _byTokens)
        {
            if (version.Retired)
                return sorted[^1];
        }

        return null;
    }

    // The first that does not come before the tokens.
    private static int Place(List<KeptPrefix> sorted, ReadOnlySpan<int> tokens)
    {
        int low = 0;
        int high = sorted.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].Tokens.SequenceCompareTo(tokens) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
