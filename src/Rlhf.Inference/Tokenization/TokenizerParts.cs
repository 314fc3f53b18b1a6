namespace Rlhf.Inference;

/// <summary>What a tokenizer consists of.</summary>
/// <param name="Normalizer">The first change to a text.</param>
/// <param name="PreTokenizer">Where no merge crosses.</param>
/// <param name="Symbols">What merging starts from.</param>
/// <param name="Vocabulary">The bytes of each id that is no added token.</param>
/// <param name="Merges">The rules, the first first.</param>
/// <param name="Added">Tokens that stand for a text as a whole.</param>
internal sealed record TokenizerParts(
    Normalizer Normalizer,
    PreTokenizer PreTokenizer,
    Symbols Symbols,
    IReadOnlyDictionary<int, byte[]> Vocabulary,
    IReadOnlyList<Merge> Merges,
    IReadOnlyList<AddedToken> Added)
{
    /// <summary>Entries that a whole piece may be without any merge; null where merges decide (<c>ignore_merges</c> is false).</summary>
    public IReadOnlyDictionary<string, int>? WholePieces { get; init; }

    /// <summary>Ids in front of a text that is read on its own.</summary>
    public int[] Before { get; init; } = [];

    /// <summary>Ids behind a text that is read on its own.</summary>
    public int[] Behind { get; init; } = [];

    /// <summary>Whether the blank that encoding put in front of a text is taken away again.</summary>
    public bool DropsLeadingBlank { get; init; }

    /// <summary>The tokenizer.json it was read from; null for one that was trained here.</summary>
    public string? Json { get; init; }
}
