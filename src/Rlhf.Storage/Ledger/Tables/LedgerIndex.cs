using System.Collections.Concurrent;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>Where an event stands: what its id and its conversation lead to.</summary>
internal sealed record Place(long Sequence, string Id, string? Conversation);

/// <summary>
/// Finds events by id and by conversation: the table <c>index</c>, in 16 partitions by the hash of what is looked for;
/// row <c>i</c> and the id, or <c>c</c> and the conversation, <c>~</c> and the sequence. It follows the ledger at a small
/// distance, so that an append needn't wait for it: what is committed and not in it yet is held in memory, and the
/// ledger's row <c>indexed</c> tells a new process where to go on.
/// </summary>
internal sealed class LedgerIndex(TableAccount account, LedgerLog log, TableClient table)
{
    private const int Partitions = 16;
    private const int AtOnce = 16;

    // The row that tells how far the index is costs a request and saves a restart some reading.
    private const int ToldEvery = 256;

    private readonly ConcurrentDictionary<string, Place> recent = new();
    private readonly ConcurrentQueue<Place> waiting = new();
    private Task writing = Task.CompletedTask;
    private long written;
    private long told;

    /// <summary>What is not in the table yet.</summary>
    public IEnumerable<Place> Recent => recent.Values;

    /// <summary>Begins at what the table holds for certain.</summary>
    public async Task<long> OpenAsync(CancellationToken cancellationToken) =>
        written = told = await log.IndexedAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Takes a committed event.</summary>
    public void Add(Place place)
    {
        recent[place.Id] = place;
        waiting.Enqueue(place);
    }

    /// <summary>Takes back what is not in the table yet.</summary>
    public void Forget()
    {
        waiting.Clear();
        recent.Clear();
    }

    /// <summary>Where the ids stand that are in the ledger.</summary>
    public async Task<Dictionary<string, long>> FindAsync(IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<string, long>();
        await Parallel.ForEachAsync(
            ids,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (id, cancellation) =>
            {
                if (recent.TryGetValue(id, out var place))
                {
                    found[id] = place.Sequence;
                    return;
                }

                var row = await table.GetEntityIfExistsAsync<TableEntity>(Key.Partition(id, Partitions), IdRow(id), cancellationToken: cancellation).ConfigureAwait(false);
                if (row.HasValue)
                {
                    found[id] = row.Value!.GetInt64("Sequence")!.Value;
                }
            }).ConfigureAwait(false);
        return new Dictionary<string, long>(found);
    }

    /// <summary>The sequences of the events about a conversation, in order.</summary>
    public async Task<IReadOnlyList<long>> OfConversationAsync(string conversation, CancellationToken cancellationToken)
    {
        // Memory first: what leaves it meanwhile is in the table when that is asked.
        var sequences = new SortedSet<long>(Recent.Where(place => place.Conversation == conversation).Select(place => place.Sequence));
        var start = $"c{Key.Of(conversation)}~";
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {Key.Partition(conversation, Partitions)} and RowKey ge {start} and RowKey lt {start + "~"}");
        await foreach (var row in table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            sequences.Add(row.GetInt64("Sequence")!.Value);
        }

        return [.. sequences];
    }

    /// <summary>Takes an event out.</summary>
    public async Task RemoveAsync(string id, string? conversation, long sequence, CancellationToken cancellationToken)
    {
        await table.DeleteEntityAsync(Key.Partition(id, Partitions), IdRow(id), cancellationToken: cancellationToken).ConfigureAwait(false);
        if (conversation is not null)
        {
            await table.DeleteEntityAsync(Key.Partition(conversation, Partitions), ConversationRow(conversation, sequence), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Brings the table on, if that isn't under way. What fails is tried again the next time.</summary>
    public Task CatchUpAsync() => writing.IsCompleted ? writing = WriteAsync() : writing;

    private async Task WriteAsync()
    {
        // Where it ran is where the next run begins: an event leaves the queue when it is in the table.
        while (waiting.Take(1000).ToList() is { Count: > 0 } some)
        {
            try
            {
                await account.DoAsync(cancellation => table.UpsertAllAsync(Rows(some), cancellation), CancellationToken.None).ConfigureAwait(false);
                written = some[^1].Sequence;
                foreach (var place in some)
                {
                    waiting.TryDequeue(out _);
                    recent.TryRemove(place.Id, out _);
                }

                if (written >= told + ToldEvery)
                {
                    await account.DoAsync(cancellation => log.IndexedToAsync(written, cancellation), CancellationToken.None).ConfigureAwait(false);
                    told = written;
                }
            }
            catch (StorageException)
            {
                return;
            }
        }
    }

    private static IEnumerable<TableEntity[]> Rows(IEnumerable<Place> places) =>
        places.SelectMany(Rows).GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(Transactions.MostEntities));

    private static IEnumerable<TableEntity> Rows(Place place)
    {
        yield return new TableEntity(Key.Partition(place.Id, Partitions), IdRow(place.Id)) { ["Sequence"] = place.Sequence };
        if (place.Conversation is { } conversation)
        {
            yield return new TableEntity(Key.Partition(conversation, Partitions), ConversationRow(conversation, place.Sequence)) { ["Sequence"] = place.Sequence };
        }
    }

    private static string IdRow(string id) => $"i{Key.Of(id)}";

    private static string ConversationRow(string conversation, long sequence) => $"c{Key.Of(conversation)}~{Key.Of(sequence)}";
}
