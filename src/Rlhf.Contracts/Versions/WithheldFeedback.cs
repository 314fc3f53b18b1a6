using Orleans;

namespace Rlhf.Contracts;

/// <summary>Feedback that nothing is trained on until an operator releases it, because a version that learned from it was rolled back: trained on
/// again, it would bring the same version back.</summary>
/// <param name="Version">The version that was rolled back.</param>
/// <param name="After">The last ledger sequence that its parent had learned from.</param>
/// <param name="UpTo">The last ledger sequence that it learned from.</param>
[GenerateSerializer, Immutable, Alias("rlhf.WithheldFeedback")]
public sealed record WithheldFeedback(string Version, long After, long UpTo)
{
    /// <summary>Whether an entry of the ledger is among it.</summary>
    public bool Holds(long sequence) => sequence > After && sequence <= UpTo;
}
