using System.Runtime.CompilerServices;
using Rlhf.Contracts;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <inheritdoc/>
/// <remarks>
/// <para>
/// A total order without gaps has to pass one point; here that point is as thin as it can be. The events themselves, and
/// what finds them by id and by conversation, are dealt out to 16 partitions each (<c>events</c>, <c>index</c>), which
/// together take 32,000 entities/s. Only the order is in one partition (<c>ledger</c>), and to it a commit adds one small
/// row and moves the head, however many events it brings. Commits follow each other, each a round trip of some
/// milliseconds, so that this partition sees a few hundred entities/s at most, whatever the load: under load a commit
/// carries more.
/// </para>
/// <para>
/// A commit is: look the ids up (<see cref="LedgerIndex"/>); write the events (<see cref="Attempt"/>); name them in the
/// order (<see cref="LedgerLog"/>), in a transaction that holds the head's ETag. Only the last step makes them entries,
/// all of them at once, and it gives them the numbers that follow the head's: nothing can come to stand before what a
/// reader has read already, and a batch is there whole or not at all. If the answer to that step is lost, the head tells
/// by the attempt's name whether it was done. What an attempt left that was never named is never read.
/// </para>
/// <para>
/// An id is recorded once because a writer knows, when it names new events, every entry before them: those in the index,
/// those it committed itself and those it read on to the head; if the head is another by then, it reads on and looks again.
/// </para>
/// <para>The learner reads a range of <c>ledger</c> and with it a range of rows from each lane that it names.</para>
/// </remarks>
internal sealed class TableFeedbackLedger : IFeedbackLedger, IDisposable
{
    private readonly TableAccount account;
    private readonly LedgerLog log;
    private readonly LedgerReader reader;
    private readonly LedgerIndex index;
    private readonly LedgerWriter writer;
    private readonly LedgerErasures erasures;

    private readonly StorageDamage damage;

    public TableFeedbackLedger(TableAccount account, StorageDamage damage)
    {
        this.account = account;
        this.damage = damage;
        var events = account.Table("events");
        log = new LedgerLog(account.Table("ledger"));
        reader = new LedgerReader(account, log, events);
        index = new LedgerIndex(account, log, account.Table("index"));
        writer = new LedgerWriter(account, log, reader, index, events);
        erasures = new LedgerErasures(account, log, reader, index, writer, events);
    }

    public async Task<AppendResult> AppendAsync(FeedbackEvent feedback, CancellationToken cancellationToken)
    {
        var results = await AppendAsync([feedback], cancellationToken).ConfigureAwait(false);
        return results[0];
    }

    public Task<IReadOnlyList<AppendResult>> AppendAsync(IReadOnlyList<FeedbackEvent> batch, CancellationToken cancellationToken)
    {
        var events = new NewEvent[batch.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = new NewEvent(EventFields.Id(batch, i), EventFields.Conversation(batch[i]), Content.Of(batch[i]));
            Payload.RequireFits(events[i].Content.Length, $"Event '{events[i].Id}'");
        }

        return events.Length == 0 ? Task.FromResult<IReadOnlyList<AppendResult>>([]) : writer.AppendAsync(events, cancellationToken);
    }

    public Task<int> EraseAsync(
        string reason, IReadOnlyCollection<long> sequences, DateTimeOffset at, int turns, DateTimeOffset? oldestTurn, CancellationToken cancellationToken) =>
        erasures.EraseAsync(new Erasure(reason, SequenceRange.Of(sequences), turns, oldestTurn), at, cancellationToken);

    /// <summary>Finishes erasures that a crash left.</summary>
    public Task FinishErasuresAsync(CancellationToken cancellationToken) => erasures.FinishAsync(cancellationToken);

    /// <summary>Carries out every erasure of the ledger once more, as far as something is left.</summary>
    public async Task EraseAgainAsync(CancellationToken cancellationToken)
    {
        var read = new HashSet<long>();
        await foreach (var (sequence, said) in ReadAsync(0, cancellationToken).ConfigureAwait(false))
        {
            if (said.IsFeedback)
            {
                read.Add(sequence);
            }
            else if (said.Erasure is { } erasure && erasure.Sequences().Any(read.Contains))
            {
                await erasures.FinishAsync(said, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async IAsyncEnumerable<LedgerEntry> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in reader.RowsAsync(after, cancellationToken).ConfigureAwait(false))
        {
            if (row.Stored.Sequence != ++after)
            {
                throw Missing(after);
            }

            if (EventFields.Entry(row.Stored.Sequence, row.Stored.Content, damage) is { } entry)
            {
                yield return entry;
            }
        }
    }

    public async Task<LedgerEntry?> FindAsync(long sequence, CancellationToken cancellationToken) =>
        await reader.RowAsync(sequence, cancellationToken).ConfigureAwait(false) is { } row ? EventFields.Entry(row.Sequence, row.Content, damage) : null;

    public async Task<IReadOnlyList<LedgerEntry>> ReadConversationAsync(string conversationId, CancellationToken cancellationToken)
    {
        var sequences = await account.AskAboutAsync<IReadOnlyList<long>>(
            conversationId,
            [],
            async cancellation =>
            {
                await writer.CatchUpAsync(cancellation).ConfigureAwait(false);
                return await index.OfConversationAsync(conversationId, cancellation).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        var rows = await Task.WhenAll(sequences.Select(sequence => reader.RowAsync(sequence, cancellationToken))).ConfigureAwait(false);
        return [.. rows.Select((row, i) => row is { } found ? EventFields.Entry(found.Sequence, found.Content, damage) : throw Missing(sequences[i]))
            .OfType<LedgerEntry>().Where(entry => entry.Event.IsFeedback)]; // another process's index may have been behind an erasure
    }

    public async Task<long> LastSequenceAsync(CancellationToken cancellationToken) =>
        (await account.DoAsync(log.HeadAsync, cancellationToken).ConfigureAwait(false)).Sequence;

    public async Task<LedgerVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        var end = await account.DoAsync(log.HeadAsync, cancellationToken).ConfigureAwait(false);
        var chain = new ChecksumChain();
        await foreach (var row in reader.RowsAsync(0, cancellationToken).ConfigureAwait(false))
        {
            chain.Take(row.Stored);
        }

        return chain.AtEnd(end.Sequence);
    }

    public void Dispose() => writer.Dispose();

    private static StorageDamagedException Missing(long sequence) => new($"Entry {sequence} of the feedback ledger is missing. Restore the tables from a backup.");
}
