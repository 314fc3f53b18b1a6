using System.Threading.Channels;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>
/// The one loop of a process that commits: what waits when a commit begins goes into it, so that all share its two
/// round trips. Writers in other processes are met at the head.
/// </summary>
internal sealed class LedgerWriter : IDisposable
{
    private const int LargestGroup = 1024;
    private const int LargestGroupBytes = 8 * 1024 * 1024;

    private readonly TableAccount account;
    private readonly LedgerLog log;
    private readonly LedgerReader reader;
    private readonly LedgerIndex index;
    private readonly TableClient events;
    private readonly Channel<PendingAppend> waiting = Channel.CreateUnbounded<PendingAppend>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim turn = new(1);
    private readonly Task loop;
    private Head? head;
    private long? known;
    private int lane = Random.Shared.Next(Attempt.Lanes);

    public LedgerWriter(TableAccount account, LedgerLog log, LedgerReader reader, LedgerIndex index, TableClient events)
    {
        (this.account, this.log, this.reader, this.index, this.events) = (account, log, reader, index, events);
        loop = Task.Run(CommitUntilClosedAsync);
    }

    public Task<IReadOnlyList<AppendResult>> AppendAsync(NewEvent[] some, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingAppend(some, cancellationToken);
        ObjectDisposedException.ThrowIf(!waiting.Writer.TryWrite(pending), typeof(LedgerWriter));
        return pending.Task;
    }

    /// <summary>Learns what other processes committed, so that the index and its memory hold the whole ledger.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            head = await account.DoAsync(log.HeadAsync, cancellationToken).ConfigureAwait(false);
            await FollowAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Writes the whole ledger, as far as it is, into the index's table: what this process has not written yet it would write later.</summary>
    public async Task IndexAllAsync(CancellationToken cancellationToken)
    {
        await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        await index.CatchUpAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        await index.CatchUpAsync().WaitAsync(cancellationToken).ConfigureAwait(false); // the first may have been at its end already
    }

    /// <summary>Commits what waits, then closes.</summary>
    public void Dispose()
    {
        waiting.Writer.TryComplete();
        loop.GetAwaiter().GetResult();
        turn.Dispose();
    }

    private async Task CommitUntilClosedAsync()
    {
        var group = new List<PendingAppend>();
        while (await waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            TakeGroup(group);
            if (group.Count == 0)
            {
                continue;
            }

            await turn.WaitAsync().ConfigureAwait(false);
            try
            {
                await CommitAsync(group).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // How it ended is not known: the next commit looks first.
                head = null;
                FailAll(group, e);
            }
            finally
            {
                turn.Release();
            }

            _ = index.CatchUpAsync();
        }

        await index.CatchUpAsync().ConfigureAwait(false);
    }

    private void TakeGroup(List<PendingAppend> group)
    {
        group.Clear();
        var (count, bytes) = (0, 0L);
        while (count < LargestGroup && bytes < LargestGroupBytes && waiting.Reader.TryRead(out var pending))
        {
            if (pending.TryTake())
            {
                group.Add(pending);
                count += pending.Events.Length;
                bytes += pending.Events.Sum(e => (long)e.Content.Length);
            }
        }
    }

    /// <summary>A store that doesn't answer this one won't answer those that wait behind it: they needn't wait for that.</summary>
    private void FailAll(List<PendingAppend> group, Exception error)
    {
        while (waiting.Reader.TryRead(out var pending))
        {
            if (pending.TryTake())
            {
                group.Add(pending);
            }
        }

        group.ForEach(pending => pending.Fail(error));
    }

    private async Task CommitAsync(List<PendingAppend> group)
    {
        head ??= await account.DoAsync(log.HeadAsync, CancellationToken.None).ConfigureAwait(false);
        await FollowAsync(CancellationToken.None).ConfigureAwait(false);
        while (true)
        {
            var ids = group.SelectMany(pending => pending.Events).Select(e => e.Id).Distinct();
            var there = await account.DoAsync(cancellation => index.FindAsync(ids, cancellation), CancellationToken.None).ConfigureAwait(false);
            var fresh = group.SelectMany(pending => pending.Events).Where(e => !there.ContainsKey(e.Id)).DistinctBy(e => e.Id).ToList();
            var first = head.Sequence + 1;
            if (fresh.Count > 0 && !await TryCommitAsync(fresh).ConfigureAwait(false))
            {
                continue; // another process was first, perhaps with some of these
            }

            Answer(group, there, first);
            return;
        }
    }

    private async Task<bool> TryCommitAsync(List<NewEvent> fresh)
    {
        var attempt = new Attempt(head!, fresh, lane = (lane + 1) % Attempt.Lanes);
        await account.DoAsync(cancellation => attempt.WriteAsync(events, cancellation), CancellationToken.None).ConfigureAwait(false);
        if (await account.DoAsync(cancellation => log.TryCommitAsync(head!, attempt, cancellation), CancellationToken.None).ConfigureAwait(false) is { } next)
        {
            for (var i = 0; i < fresh.Count; i++)
            {
                index.Add(new Place(attempt.First + i, fresh[i].Id, fresh[i].Conversation));
            }

            head = next;
            known = next.Sequence;
            return true;
        }

        head = await account.DoAsync(log.HeadAsync, CancellationToken.None).ConfigureAwait(false);
        await FollowAsync(CancellationToken.None).ConfigureAwait(false);
        return false;
    }

    private static void Answer(List<PendingAppend> group, Dictionary<string, long> there, long next)
    {
        foreach (var pending in group)
        {
            pending.Complete([.. pending.Events.Select(e =>
            {
                if (there.TryGetValue(e.Id, out var place))
                {
                    return new AppendResult(place, Duplicate: true);
                }

                there.Add(e.Id, next);
                return new AppendResult(next++, Duplicate: false);
            })]);
        }
    }

    /// <summary>Reads on to the head what this process has not seen.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (known > head!.Sequence)
        {
            // The tables are an older state of themselves, a backup's for example: what memory holds beyond it is not there.
            index.Forget();
            known = null;
        }

        known ??= await account.DoAsync(index.OpenAsync, cancellationToken).ConfigureAwait(false);
        if (known >= head.Sequence)
        {
            return;
        }

        await foreach (var row in reader.RowsAsync(known.Value, cancellationToken).ConfigureAwait(false))
        {
            index.Add(new Place(row.Stored.Sequence, row.Stored.Id, row.Conversation));
            known = row.Stored.Sequence;
            if (known >= head.Sequence)
            {
                break;
            }
        }
    }
}
