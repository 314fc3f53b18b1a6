using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>An event and its place in the ledger.</summary>
/// <param name="Sequence">The place, counted from 1.</param>
/// <param name="Event">The event.</param>
public sealed record LedgerEntry(long Sequence, FeedbackEvent Event);
