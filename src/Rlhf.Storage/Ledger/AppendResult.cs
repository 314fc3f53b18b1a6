namespace Rlhf.Storage;

/// <summary>What became of an appended event.</summary>
/// <param name="Sequence">Its place in the ledger.</param>
/// <param name="Duplicate">An event of the same id was there already; the sequence is that one's.</param>
public readonly record struct AppendResult(long Sequence, bool Duplicate);
