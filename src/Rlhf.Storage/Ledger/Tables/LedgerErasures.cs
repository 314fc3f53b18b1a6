using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Rlhf.Contracts;

namespace Rlhf.Storage.Tables;

/// <summary>
/// Erases entries. An erasure is noted first, then recorded as an event of the ledger, then carried out: ids and conversations leave the index, content
/// leaves the rows, and what uncommitted attempts left of it is swept up. Each step may be repeated, and what a crash leaves noted is done by the next
/// erasure or the next start.
/// </summary>
internal sealed class LedgerErasures(TableAccount account, LedgerLog log, LedgerReader reader, LedgerIndex index, LedgerWriter writer, TableClient events)
{
    private const int AtOnce = 16;
    private const int Page = 1000;

    private readonly SemaphoreSlim one = new(1);

    public async Task<int> EraseAsync(Erasure asked, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await FinishBegunAsync(cancellationToken).ConfigureAwait(false);
            var left = new List<long>();
            foreach (var sequence in asked.Sequences())
            {
                if (await reader.RowAsync(sequence, cancellationToken).ConfigureAwait(false) is { } row && EventFields.Left(sequence, row.Content) is not null)
                {
                    left.Add(sequence);
                }
            }

            if (left.Count > 0 || asked.Turns > 0)
            {
                var erasure = FeedbackEvent.Of(asked with { Ranges = SequenceRange.Of(left) }, at);
                await account.DoAsync(cancellation => log.BeginErasureAsync(erasure, cancellation), cancellationToken).ConfigureAwait(false);
                await FinishAsync(erasure, cancellationToken).ConfigureAwait(false);
            }

            return left.Count;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Finishes what a crash left.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await FinishBegunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task FinishBegunAsync(CancellationToken cancellationToken)
    {
        foreach (var erasure in await account.DoAsync(log.BegunErasuresAsync, cancellationToken).ConfigureAwait(false))
        {
            await FinishAsync(erasure, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Carries out an erasure, whatever of it was done before.</summary>
    public async Task FinishAsync(FeedbackEvent erasure, CancellationToken cancellationToken)
    {
        await writer.AppendAsync([new NewEvent(erasure.Id, null, Content.Of(erasure))], cancellationToken).ConfigureAwait(false); // recorded once, by its id
        await writer.IndexAllAsync(cancellationToken).ConfigureAwait(false);
        await Parallel.ForEachAsync(
            erasure.Erasure!.Sequences(),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (sequence, cancellation) => await EraseAsync(sequence, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
        await account.DoAsync(SweepAsync, cancellationToken).ConfigureAwait(false);
        await account.DoAsync(cancellation => log.EndErasureAsync(erasure, cancellation), cancellationToken).ConfigureAwait(false);
    }

    private async Task EraseAsync(long sequence, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(sequence, cancellationToken).ConfigureAwait(false) is not { } row
            || LedgerReader.Stored(row) is var stored && EventFields.Left(sequence, stored.Content) is not { } left)
        {
            return;
        }

        var erased = new TableEntity(row.PartitionKey, row.RowKey) { ["Sequence"] = sequence, ["Id"] = left.Event.Id, ["Checksum"] = stored.Checksum }.With(Content.Of(left.Event));
        await account.DoAsync(
            async cancellation =>
            {
                await index.RemoveAsync(stored.Id, row.GetString("Conversation"), sequence, cancellation).ConfigureAwait(false); // while the row still tells where
                await events.UpdateEntityAsync(erased, ETag.All, TableUpdateMode.Replace, cancellation).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Deletes the rows of attempts that were never committed, for they hold events that were committed later and may have been erased. Such an attempt
    /// began where another one was committed, so that none of it lies beyond the last record; and it can't be committed any more.
    /// </summary>
    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var swept = await log.SweptAsync(cancellationToken).ConfigureAwait(false);
        var after = Math.Max(0, swept - Page); // a slow writer's rows may have come since
        while (await log.RecordsAsync(after, Page, cancellationToken).ConfigureAwait(false) is { Count: > 0 } records)
        {
            var committed = records.Select(record => record.Attempt).ToHashSet();
            var (first, last) = (Key.Of(records[0].First) + "~", Key.Of(records[^1].First) + "~~");
            for (var lane = 0; lane < Attempt.Lanes; lane++)
            {
                var partition = Key.Partition(lane);
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {first} and RowKey lt {last}");
                await foreach (var row in events.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellationToken).ConfigureAwait(false))
                {
                    if (!committed.Contains(row.RowKey.Split('~')[1]))
                    {
                        await events.DeleteEntityAsync(partition, row.RowKey, cancellationToken: cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            after = records[^1].Last;
        }

        await log.SweptToAsync(after, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>Finishes at the start the erasures that a crash left, beside everything else.</summary>
internal sealed class ErasuresAtStart(IFeedbackLedger ledger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ((TableFeedbackLedger)ledger).FinishErasuresAsync(stoppingToken).ConfigureAwait(false);
                return;
            }
            catch (StorageException)
            {
                await Task.Delay(Pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return; // the next start does it
            }
        }
    }
}
