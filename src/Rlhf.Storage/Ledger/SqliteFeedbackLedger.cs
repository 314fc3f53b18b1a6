using System.Runtime.CompilerServices;
using Rlhf.Contracts;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <inheritdoc/>
internal sealed class SqliteFeedbackLedger(Database database, StorageDamage damage) : IFeedbackLedger
{
    private const int Page = 512;

    public async Task<AppendResult> AppendAsync(FeedbackEvent feedback, CancellationToken cancellationToken)
    {
        var results = await AppendAsync([feedback], cancellationToken).ConfigureAwait(false);
        return results[0];
    }

    public async Task<IReadOnlyList<AppendResult>> AppendAsync(
        IReadOnlyList<FeedbackEvent> batch, CancellationToken cancellationToken)
    {
        // Encoded here, on the caller's thread: the writer's time is everyone's.
        var rows = new Row[batch.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = new Row(EventFields.Id(batch, i), EventFields.Conversation(batch[i]), Content.Of(batch[i]));
        }

        return rows.Length == 0 ? [] : await database.WriteAsync(s => Append(s, rows), cancellationToken).ConfigureAwait(false);
    }

    public Task<int> EraseAsync(
        string reason, IReadOnlyCollection<long> sequences, DateTimeOffset at, int turns, DateTimeOffset? oldestTurn, CancellationToken cancellationToken) =>
        database.WriteAsync(s => Erase(s, new Erasure(reason, SequenceRange.Of(sequences), turns, oldestTurn), at), cancellationToken, erases: true);

    public async IAsyncEnumerable<LedgerEntry> ReadAsync(
        long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // A page at a time, so that a slow reader holds no snapshot open: the write-ahead log could not shrink.
            var cursor = after;
            var page = await database.ReadAsync(s => Entries(s, cursor), cancellationToken).ConfigureAwait(false);
            foreach (var (sequence, entry) in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                after = sequence;
                if (entry is not null)
                {
                    yield return entry;
                }
            }

            if (page.Count < Page)
            {
                yield break;
            }
        }
    }

    public Task<LedgerEntry?> FindAsync(long sequence, CancellationToken cancellationToken) =>
        database.ReadAsync(
            s => s.First("SELECT content FROM feedback WHERE sequence = ?1", r => r.GetFieldValue<byte[]>(0), sequence) is { } content ? EventFields.Entry(sequence, content, damage) : null,
            cancellationToken);

    public async Task<IReadOnlyList<LedgerEntry>> ReadConversationAsync(string conversationId, CancellationToken cancellationToken) =>
        [.. (await database.ReadAsync(
            s => s.All(
                "SELECT sequence, content FROM feedback WHERE conversation = ?1 ORDER BY sequence",
                r => EventFields.Entry(r.GetInt64(0), r.GetFieldValue<byte[]>(1), damage),
                conversationId),
            cancellationToken).ConfigureAwait(false)).OfType<LedgerEntry>()];

    public Task<long> LastSequenceAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(s => s.Number("SELECT max(sequence) FROM feedback") ?? 0, cancellationToken);

    public async Task<LedgerVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        var chain = new ChecksumChain();
        while (true)
        {
            var cursor = chain.Sequence;
            var page = await database.ReadAsync(s => StoredRows(s, cursor), cancellationToken).ConfigureAwait(false);
            foreach (var row in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                chain.Take(row);
            }

            if (page.Count < Page)
            {
                return chain.AtEnd();
            }
        }
    }

    private static AppendResult[] Append(Session session, Row[] rows)
    {
        var head = session.First(
            "SELECT sequence, checksum FROM feedback ORDER BY sequence DESC LIMIT 1",
            r => new ChecksumChain(r.GetInt64(0), r.GetFieldValue<byte[]>(1))) ?? new ChecksumChain();
        var results = new AppendResult[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var (id, conversation, content) = rows[i];
            var (sequence, checksum) = head.Next(content);
            var added = session.Execute(
                "INSERT INTO feedback(sequence, id, conversation, content, checksum) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO NOTHING",
                sequence, id, conversation, content, checksum);
            if (added == 1)
            {
                head.Advance(checksum);
                results[i] = new AppendResult(sequence, Duplicate: false);
            }
            else
            {
                results[i] = new AppendResult(session.Number("SELECT sequence FROM feedback WHERE id = ?1", id)!.Value, Duplicate: true);
            }
        }

        return results;
    }

    /// <summary>In one transaction with its event, so that there is nothing to finish after a crash.</summary>
    private static int Erase(Session session, Erasure asked, DateTimeOffset at)
    {
        var left = asked.Sequences()
            .Select(sequence => session.First("SELECT content FROM feedback WHERE sequence = ?1", r => r.GetFieldValue<byte[]>(0), sequence) is { } content ? EventFields.Left(sequence, content) : null)
            .OfType<LedgerEntry>().ToList();
        if (left.Count == 0 && asked.Turns == 0)
        {
            return 0;
        }

        var erasure = FeedbackEvent.Of(asked with { Ranges = SequenceRange.Of(left.Select(entry => entry.Sequence)) }, at);
        Append(session, [new Row(erasure.Id, null, Content.Of(erasure))]);
        foreach (var (sequence, erased) in left)
        {
            session.Execute("UPDATE feedback SET id = ?2, conversation = NULL, content = ?3 WHERE sequence = ?1", sequence, erased.Id, Content.Of(erased));
        }

        return left.Count;
    }

    private List<(long Sequence, LedgerEntry? Entry)> Entries(Session session, long after) =>
        session.All(
            "SELECT sequence, content FROM feedback WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            r => (r.GetInt64(0), EventFields.Entry(r.GetInt64(0), r.GetFieldValue<byte[]>(1), damage)),
            after, Page);

    private static List<StoredRow> StoredRows(Session session, long after) =>
        session.All(
            "SELECT sequence, id, content, checksum FROM feedback WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            r => new StoredRow(r.GetInt64(0), r.GetString(1), r.GetFieldValue<byte[]>(2), r.GetFieldValue<byte[]>(3)),
            after, Page);

    private readonly record struct Row(string Id, string? Conversation, byte[] Content);
}
