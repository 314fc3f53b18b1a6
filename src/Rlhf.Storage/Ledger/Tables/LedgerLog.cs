using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Rlhf.Contracts;

namespace Rlhf.Storage.Tables;

/// <summary>The ledger's end as one of its writers knows it.</summary>
/// <param name="Sequence">The last sequence; 0 when there is none.</param>
/// <param name="Checksum">The checksum of the last entry.</param>
/// <param name="Attempt">The attempt that put it there.</param>
/// <param name="ETag">Which version of the head this is; the default when there is none.</param>
internal sealed record Head(long Sequence, byte[] Checksum, string Attempt, ETag ETag)
{
    public static readonly Head Empty = new(0, new byte[32], "", default);
}

/// <summary>What one commit put into the ledger: the rows of an attempt, as sequences <c>First</c> to <c>Last</c>.</summary>
internal sealed record CommitRecord(long First, long Last, string Attempt, string Stretches)
{
    /// <summary>The lanes that the rows lie in.</summary>
    public IEnumerable<int> Lanes => Parsed.Select(stretch => stretch.Lane).Distinct();

    private IEnumerable<(int Lane, int Count)> Parsed => Stretches.Split(',').Select(stretch =>
    {
        var colon = stretch.IndexOf(':');
        return (int.Parse(stretch.AsSpan(0, colon), CultureInfo.InvariantCulture), int.Parse(stretch.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    });

    /// <summary>The lane of one of the rows, counted from 0.</summary>
    public int LaneOf(int index)
    {
        foreach (var (lane, count) in Parsed)
        {
            if (index < count)
            {
                return lane;
            }

            index -= count;
        }

        throw new StorageException($"The record of entries {First} to {Last} of the feedback ledger names fewer rows than that. Restore the tables from a backup.");
    }
}

/// <summary>
/// The order of the ledger: the table <c>ledger</c>, one partition. Row <c>head</c> is the ledger's end; for each commit
/// a row, named by the last sequence it brought, says where its events lie. A commit adds its row and moves the head in
/// one transaction that holds the head's ETag: of two writers at the same place one is refused.
/// </summary>
internal sealed class LedgerLog(TableClient table)
{
    public const string Partition = "ledger";
    public const string HeadRow = "head";
    private const string IndexedRow = "indexed";
    private const string SweptRow = "swept";
    private const string EraseRow = "to-erase~";

    public async Task<Head> HeadAsync(CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(Partition, HeadRow, cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue && found.Value is { } head
            ? new Head(head.GetInt64("Sequence")!.Value, head.GetBinary("Checksum"), head.GetString("Attempt"), head.ETag)
            : Head.Empty;
    }

    /// <summary>Makes an attempt's rows the ledger's next entries.</summary>
    /// <returns>The new head, or null when another writer was first.</returns>
    /// <exception cref="RequestFailedException">It is not known whether they are.</exception>
    public async Task<Head?> TryCommitAsync(Head from, Attempt attempt, CancellationToken cancellationToken)
    {
        var record = new TableEntity(Partition, Key.Of(attempt.Last))
        {
            ["First"] = attempt.First, ["Attempt"] = attempt.Id, ["Stretches"] = attempt.Stretches,
        };
        var head = new TableEntity(Partition, HeadRow)
        {
            ["Sequence"] = attempt.Last, ["Checksum"] = attempt.Checksum, ["Attempt"] = attempt.Id,
        };
        try
        {
            var answers = await table.SubmitTransactionAsync(
                [
                    from.ETag == default ? new(TableTransactionActionType.Add, head) : new(TableTransactionActionType.UpdateReplace, head, from.ETag),
                    new(TableTransactionActionType.Add, record),
                ],
                cancellationToken).ConfigureAwait(false);
            if (answers.Value is [{ Headers.ETag: { } etag }, ..])
            {
                return new Head(attempt.Last, attempt.Checksum, attempt.Id, etag);
            }
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            // Another writer's commit, or our own whose answer was lost.
        }

        var now = await HeadAsync(cancellationToken).ConfigureAwait(false);
        return now.Attempt == attempt.Id ? now : null;
    }

    /// <summary>The records of commits that brought a sequence after <paramref name="after"/>, some of them, in order.</summary>
    public async Task<List<CommitRecord>> RecordsAsync(long after, int mostEvents, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey ge {Key.Of(after + 1)} and RowKey lt {HeadRow}");
        var records = new List<CommitRecord>();
        var events = 0L;
        await foreach (var row in table.QueryAsync<TableEntity>(filter, Math.Min(mostEvents, 1000), cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            var record = new CommitRecord(
                row.GetInt64("First")!.Value, long.Parse(row.RowKey, NumberStyles.None, CultureInfo.InvariantCulture), row.GetString("Attempt"), row.GetString("Stretches"));
            records.Add(record);
            events += record.Last - record.First + 1;
            if (events >= mostEvents)
            {
                break;
            }
        }

        return records;
    }

    /// <summary>The sequence up to which every event is in the index.</summary>
    public Task<long> IndexedAsync(CancellationToken cancellationToken) => MarkAsync(IndexedRow, cancellationToken);

    public Task IndexedToAsync(long sequence, CancellationToken cancellationToken) => MoveMarkAsync(IndexedRow, sequence, cancellationToken);

    /// <summary>The sequence up to which nothing is left of attempts that were never committed.</summary>
    public Task<long> SweptAsync(CancellationToken cancellationToken) => MarkAsync(SweptRow, cancellationToken);

    public Task SweptToAsync(long sequence, CancellationToken cancellationToken) => MoveMarkAsync(SweptRow, sequence, cancellationToken);

    /// <summary>Notes an erasure that is about to begin, so that it's finished whatever happens.</summary>
    public Task BeginErasureAsync(FeedbackEvent erasure, CancellationToken cancellationToken) =>
        table.UpsertEntityAsync(new TableEntity(Partition, EraseRow + Key.Of(erasure.Id)).With(Content.Of(erasure)), TableUpdateMode.Replace, cancellationToken);

    /// <summary>Forgets an erasure that is finished.</summary>
    public Task EndErasureAsync(FeedbackEvent erasure, CancellationToken cancellationToken) =>
        table.DeleteEntityAsync(Partition, EraseRow + Key.Of(erasure.Id), cancellationToken: cancellationToken);

    /// <summary>Erasures that were begun and are not finished.</summary>
    public async Task<IReadOnlyList<FeedbackEvent>> BegunErasuresAsync(CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey ge {EraseRow} and RowKey lt {EraseRow + "~"}");
        return await table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).Select(row => Content.Feedback(row.Content())).ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<long> MarkAsync(string row, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(Partition, row, cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue ? found.Value!.GetInt64("Sequence")!.Value : 0;
    }

    private Task MoveMarkAsync(string row, long sequence, CancellationToken cancellationToken) =>
        table.UpsertEntityAsync(new TableEntity(Partition, row) { ["Sequence"] = sequence }, TableUpdateMode.Replace, cancellationToken);
}
