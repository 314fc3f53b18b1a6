using Rlhf.Contracts;

namespace Rlhf.Grains.Raters;

/// <summary>What was decided about raters, and cannot be read from the ledger.</summary>
public sealed class RatersState
{
    /// <summary>Who is in quarantine.</summary>
    public SortedDictionary<string, Quarantine> Quarantined { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Whether a good rater likes the reply of a gold question, by its completion.</summary>
    public SortedDictionary<string, bool> Gold { get; set; } = new(StringComparer.Ordinal);
}
