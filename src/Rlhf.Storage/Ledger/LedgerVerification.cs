namespace Rlhf.Storage;

/// <summary>What recomputing the ledger's checksums showed.</summary>
/// <param name="Entries">How many entries hold, from the first one on.</param>
/// <param name="BrokenAt">The sequence of the first entry that does not hold; null when all do.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record LedgerVerification(long Entries, long? BrokenAt, string? Reason)
{
    /// <summary>How many entries do not hold.</summary>
    public long Broken { get; init; }

    /// <summary>What is wrong with the first of them, each in a sentence, and how many more there are.</summary>
    public IReadOnlyList<string> Breaks { get; init; } = [];

    /// <summary>Whether every entry holds.</summary>
    public bool Holds => BrokenAt is null;
}
