using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>
/// The append-only record of all feedback; what an entry says can be erased, the entry stays. Sequences start at 1 and have no gaps, so the last sequence is also the
/// number of events. Every entry carries a checksum over itself and its predecessor's.
/// </summary>
public interface IFeedbackLedger
{
    /// <summary>Records an event. When the task completes the event survives a crash of process and machine.</summary>
    /// <param name="feedback">The event. If its id is recorded already, nothing is written.</param>
    /// <param name="cancellationToken">Cancels while the append waits; one that is being written is finished.</param>
    /// <returns>Where the event stands, or where the first one of its id stands.</returns>
    /// <exception cref="StorageFullException">There is no room; nothing was recorded.</exception>
    Task<AppendResult> AppendAsync(FeedbackEvent feedback, CancellationToken cancellationToken = default);

    /// <summary>Records events together: all of them or, on an error, none.</summary>
    /// <param name="batch">The events in the order they shall stand in.</param>
    /// <param name="cancellationToken">Cancels while the append waits; one that is being written is finished.</param>
    /// <returns>One result for each event, in the batch's order.</returns>
    /// <exception cref="StorageFullException">There is no room; nothing was recorded.</exception>
    Task<IReadOnlyList<AppendResult>> AppendAsync(
        IReadOnlyList<FeedbackEvent> batch, CancellationToken cancellationToken = default);

    /// <summary>Erases what entries say. An event that names them is recorded first; then each becomes what <see cref="FeedbackEvent.Erased"/> leaves of it
    /// and keeps its checksum, so that the chain holds. What a crash interrupts is finished at the next start. An id that was erased is free again.</summary>
    /// <param name="reason">Why, as in <see cref="Erasure.Reason"/>.</param>
    /// <param name="sequences">The entries; those that are erased already, or are erasures, are passed over.</param>
    /// <param name="at">When.</param>
    /// <param name="turns">How many turns are deleted with them.</param>
    /// <param name="oldestTurn">When the oldest of the turns was stored.</param>
    /// <param name="cancellationToken">Cancels while the erasure waits; one that is being written is finished.</param>
    /// <returns>How many entries were erased. With none, and no turns, nothing is recorded.</returns>
    Task<int> EraseAsync(
        string reason, IReadOnlyCollection<long> sequences, DateTimeOffset at, int turns = 0, DateTimeOffset? oldestTurn = null, CancellationToken cancellationToken = default);

    /// <summary>Reads on from a cursor to what is the end when it gets there.</summary>
    /// <param name="after">The last sequence the caller has seen; 0 reads from the start.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The entries in order, erasures and what they left among them: <see cref="FeedbackEvent.IsFeedback"/> tells.</returns>
    IAsyncEnumerable<LedgerEntry> ReadAsync(long after, CancellationToken cancellationToken = default);

    /// <summary>Reads one entry as it is now.</summary>
    /// <param name="sequence">The entry.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The entry, or what an erasure left of it; null when there is none or it can't be read.</returns>
    Task<LedgerEntry?> FindAsync(long sequence, CancellationToken cancellationToken = default);

    /// <summary>Everything that was said about the turns of one conversation.</summary>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The entries in order; none for an unknown conversation.</returns>
    Task<IReadOnlyList<LedgerEntry>> ReadConversationAsync(string conversationId, CancellationToken cancellationToken = default);

    /// <summary>The sequence of the newest entry.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The sequence; 0 for an empty ledger.</returns>
    Task<long> LastSequenceAsync(CancellationToken cancellationToken = default);

    /// <summary>Recomputes every checksum, and looks whether all that was erased was erased by an erasure of the ledger.</summary>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>How many entries hold, and the first that does not.</returns>
    Task<LedgerVerification> VerifyAsync(CancellationToken cancellationToken = default);
}
