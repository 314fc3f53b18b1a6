using Microsoft.Data.Sqlite;

namespace Rlhf.Storage.Sqlite;

/// <summary>
/// The one thread that writes. Every change that waits when a transaction begins goes into it, so that they all
/// share one flush of the disk; each caller hears of it only when it is on the disk.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    // Keeps the time between two commits, which a newcomer has to wait, within some milliseconds.
    private const int LargestGroup = 1024;

    private const int BetweenTries = 2000;
    private const long LargestRewritten = 256L << 20; // writes wait meanwhile

    private readonly Session session;
    private readonly string database;
    private readonly Remains remains;
    private readonly TimeSpan? rewriteAfter;
    private readonly Thread thread;
    private readonly object gate = new();
    private readonly Queue<Write> waiting = new();
    private bool closing;
    private bool logHoldsErased;
    private long triedAt;
    private long? rewriteAt;

    /// <summary>Takes a session over.</summary>
    /// <param name="session">The database's only writer.</param>
    /// <param name="database">Where it is.</param>
    /// <param name="remains">What erasing leaves in its file.</param>
    /// <param name="rewriteAfter">How long after the last erasure the file is written anew; null for never.</param>
    public GroupCommit(Session session, string database, Remains remains, TimeSpan? rewriteAfter)
    {
        this.session = session;
        this.database = database;
        this.remains = remains;
        this.rewriteAfter = rewriteAfter;
        thread = new Thread(WriteUntilClosed) { IsBackground = true, Name = "storage writer" };
        thread.Start();
    }

    public Task<T> WriteAsync<T>(Func<Session, T> change, bool erases, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var write = new Write<T>(change, cancellationToken) { Erases = erases };
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closing, typeof(GroupCommit));
            waiting.Enqueue(write);
            Monitor.Pulse(gate);
        }

        return write.Task;
    }

    /// <summary>Writes what waits, then closes.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closing = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
        session.Dispose();
    }

    private void WriteUntilClosed()
    {
        var group = new List<Write>();
        while (TakeGroup(group))
        {
            if (group.Count == 0)
            {
                RewriteIfDue();
                continue;
            }

            if (TryCommit(group) is null)
            {
                continue;
            }

            // One change must not fail for its neighbours' sake: each goes again, alone.
            foreach (var write in group)
            {
                if (TryCommit([write]) is { } error)
                {
                    write.Fail(error is SqliteException e ? SqliteErrors.Explain(e, database) : error);
                }
            }
        }
    }

    private bool TakeGroup(List<Write> group)
    {
        group.Clear();
        lock (gate)
        {
            while (waiting.Count == 0 && !closing && UntilRewrite is not 0)
            {
                Monitor.Wait(gate, UntilRewrite ?? Timeout.Infinite);
            }

            var more = waiting.Count > 0 || !closing;
            while (group.Count < LargestGroup && waiting.TryDequeue(out var write))
            {
                if (write.TryTake())
                {
                    group.Add(write);
                }
            }

            return more;
        }
    }

    private Exception? TryCommit(IReadOnlyList<Write> group)
    {
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            foreach (var write in group)
            {
                write.Run(session);
            }

            if (group.Any(write => write.Erases))
            {
                remains.Note();
            }

            session.Execute("COMMIT");
        }
        catch (Exception e)
        {
            return Undone(e);
        }

        EmptyLog(group);
        foreach (var write in group)
        {
            write.Complete();
        }

        return null;
    }

    /// <summary>Where a reader that takes its time keeps the log from being emptied, a later commit tries again, and the next start.</summary>
    private void EmptyLog(IReadOnlyList<Write> group)
    {
        var erases = group.Any(write => write.Erases);
        if (erases)
        {
            remains.Noted();
            rewriteAt = rewriteAfter is { } after ? Environment.TickCount64 + (long)after.TotalMilliseconds : null;
        }

        logHoldsErased |= erases;
        if (logHoldsErased && (erases || Environment.TickCount64 - triedAt > BetweenTries))
        {
            logHoldsErased = !session.TryEmptyLog();
            triedAt = Environment.TickCount64;
        }
    }

    /// <summary>Milliseconds until the file is to be written anew; null when it need not be.</summary>
    private int? UntilRewrite => rewriteAt is { } at ? (int)Math.Clamp(at - Environment.TickCount64, 0, int.MaxValue) : null;

    private void RewriteIfDue()
    {
        if (UntilRewrite is 0)
        {
            rewriteAt = null; // what can't be done now is done at the next start, or after the next erasure
            remains.Clear(LargestRewritten);
            logHoldsErased = !session.TryEmptyLog();
            triedAt = Environment.TickCount64;
        }
    }

    private Exception Undone(Exception error)
    {
        try
        {
            session.Rollback();
            return error;
        }
        catch (SqliteException e)
        {
            // The next BEGIN fails as well then, and says so to each of its callers.
            return new AggregateException(error, e);
        }
    }
}
