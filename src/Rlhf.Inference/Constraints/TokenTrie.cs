namespace Rlhf.Inference;

/// <summary>A vocabulary's tokens by their bytes, so that those with a common beginning are looked at together. Special tokens are in none: they say nothing.</summary>
internal sealed class TokenTrie
{
    private readonly Tokenizer _tokenizer;

    /// <param name="tokenizer">The vocabulary.</param>
    /// <param name="size">How many tokens the model tells apart; ids beyond the tokenizer's stand for nothing.</param>
    /// <param name="endIds">The tokens that end a reply.</param>
    public TokenTrie(Tokenizer tokenizer, int size, IReadOnlyList<int> endIds)
    {
        _tokenizer = tokenizer;
        Words = (size + 63) / 64;
        EndIds = endIds;
        Special = new ulong[Words];
        for (int id = 0; id < Math.Min(size, tokenizer.VocabularySize); id++)
        {
            if (tokenizer.IsSpecial(id))
                Special[id >> 6] |= 1UL << (id & 63);
            else if (tokenizer.Knows(id) && !endIds.Contains(id))
                Root.Add(tokenizer.Bytes(id), id);
        }

        Longest = Root.Settle();
    }

    public TrieNode Root { get; } = new(0);

    /// <summary>Words of 64 bits, one for each token.</summary>
    public int Words { get; }

    /// <summary>A bit for each token that says nothing.</summary>
    public ulong[] Special { get; }

    /// <summary>Bytes of the longest token.</summary>
    public int Longest { get; }

    public IReadOnlyList<int> EndIds { get; }

    /// <summary>Whether a reply's first blank is not part of its text.</summary>
    public bool DropsLeadingBlank => _tokenizer.DropsLeadingBlank;

    public bool IsSpecial(int id) => _tokenizer.IsSpecial(id);

    public ReadOnlySpan<byte> Bytes(int id) => _tokenizer.Bytes(id);
}

/// <summary>The tokens that begin with some bytes.</summary>
internal sealed class TrieNode(byte value)
{
    private SortedDictionary<byte, TrieNode>? _building = [];
    private List<int>? _ids;

    /// <summary>The last of those bytes.</summary>
    public byte Value => value;

    public TrieNode[] Children { get; private set; } = [];

    /// <summary>The tokens that are those bytes: several where the vocabulary says the same in two ways.</summary>
    public int[] Ids { get; private set; } = [];

    public void Add(ReadOnlySpan<byte> bytes, int id)
    {
        TrieNode node = this;
        foreach (byte next in bytes)
        {
            if (!node._building!.TryGetValue(next, out TrieNode? child))
                node._building.Add(next, child = new TrieNode(next));
            node = child;
        }

        (node._ids ??= []).Add(id);
    }

    /// <summary>Ends the building and gives the height.</summary>
    public int Settle()
    {
        Children = [.. _building!.Values];
        Ids = [.. _ids ?? []];
        (_building, _ids) = (null, null);
        return Children.Length == 0 ? 0 : 1 + Children.Max(child => child.Settle());
    }
}
