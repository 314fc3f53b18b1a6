using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>A row of the ledger with the conversation that it is about.</summary>
internal readonly record struct LedgerRow(StoredRow Stored, string? Conversation);

/// <summary>Reads the events behind commits: a range of rows from each lane that the commits name.</summary>
internal sealed class LedgerReader(TableAccount account, LedgerLog log, TableClient events)
{
    private const int MostEvents = 1000;

    /// <summary>The stored rows after a sequence, in order. One that is missing is passed over: its number tells.</summary>
    public async IAsyncEnumerable<LedgerRow> RowsAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var cursor = after;
            var (records, rows) = await account.DoAsync(cancellation => PageAsync(cursor, cancellation), cancellationToken).ConfigureAwait(false);
            if (records.Count == 0)
            {
                yield break;
            }

            foreach (var record in records)
            {
                for (var sequence = Math.Max(after + 1, record.First); sequence <= record.Last; sequence++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (rows.TryGetValue(Attempt.RowKey(record.First, record.Attempt, (int)(sequence - record.First)), out var row))
                    {
                        yield return new LedgerRow(Stored(row), row.GetString("Conversation"));
                    }
                }

                after = record.Last;
            }
        }
    }

    /// <summary>One entry; null when it is not there.</summary>
    public async Task<StoredRow?> RowAsync(long sequence, CancellationToken cancellationToken) =>
        await FindAsync(sequence, cancellationToken).ConfigureAwait(false) is { } row ? Stored(row) : null;

    /// <summary>One entry as its table holds it; null when it is not there.</summary>
    public Task<TableEntity?> FindAsync(long sequence, CancellationToken cancellationToken) => account.DoAsync(
        async cancellation =>
        {
            if (await log.RecordsAsync(sequence - 1, 1, cancellation).ConfigureAwait(false) is not [var record])
            {
                return null;
            }

            var place = (int)(sequence - record.First);
            var found = await events.GetEntityIfExistsAsync<TableEntity>(
                Key.Partition(record.LaneOf(place)), Attempt.RowKey(record.First, record.Attempt, place), cancellationToken: cancellation).ConfigureAwait(false);
            return found.HasValue ? found.Value : null;
        },
        cancellationToken);

    public static StoredRow Stored(TableEntity row) => new(row.GetInt64("Sequence")!.Value, row.GetString("Id"), row.Content(), row.GetBinary("Checksum"));

    private async Task<(List<CommitRecord> Records, ConcurrentDictionary<string, TableEntity> Rows)> PageAsync(long after, CancellationToken cancellationToken)
    {
        var records = await log.RecordsAsync(after, MostEvents, cancellationToken).ConfigureAwait(false);
        var rows = new ConcurrentDictionary<string, TableEntity>();
        var lanes = records
            .SelectMany(record => record.Lanes.Select(lane => (lane, record.First)))
            .GroupBy(place => place.lane, place => place.First);
        await Task.WhenAll(lanes.Select(async lane =>
        {
            // A lane's rows of these commits, and between them what attempts left that were never committed.
            var filter = TableClient.CreateQueryFilter(
                $"PartitionKey eq {Key.Partition(lane.Key)} and RowKey ge {Key.Of(lane.Min()) + "~"} and RowKey lt {Key.Of(lane.Max()) + "~~"}");
            await foreach (var row in events.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                rows[row.RowKey] = row;
            }
        })).ConfigureAwait(false);
        return (records, rows);
    }
}
