using Rlhf.Storage;

namespace Rlhf.Grains.Raters;

/// <summary>What a rater's grain keeps; what the rater said is read from the ledger.</summary>
public sealed class RaterState : IExpendableState
{
    /// <summary>Why the rater may not rate; null for one who may.</summary>
    public string? Quarantine { get; set; }
}
