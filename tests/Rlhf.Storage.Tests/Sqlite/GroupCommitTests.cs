using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage.Tests.Sqlite;

public sealed class GroupCommitTests : IDisposable
{
    private readonly Store store = new();

    [Fact]
    public async Task A_failing_change_takes_nothing_of_its_neighbours_with_it()
    {
        using var gate = new ManualResetEventSlim();
        var runs = 0;
        var blocker = await Blocked(gate);
        var before = Write(s =>
        {
            runs++;
            Add(s, "before");
        });
        var failing = Write(s =>
        {
            Add(s, "failing");
            throw new InvalidOperationException("on purpose");
        });
        var after = Write(s => Add(s, "after"));
        gate.Set();

        await blocker;
        await before;
        await after;
        Assert.Equal("on purpose", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        Assert.Equal(["after", "before"], await States());

        // Twice: with its neighbours in one transaction first, then alone.
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Changes_are_made_in_the_order_in_which_they_came()
    {
        var order = new List<int>();
        await Task.WhenAll(Enumerable.Range(0, 5000).Select(i => Write(_ => order.Add(i))));

        Assert.Equal(Enumerable.Range(0, 5000), order);
    }

    [Fact]
    public async Task A_change_cancelled_while_it_waits_is_never_made()
    {
        using var gate = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var blocker = await Blocked(gate);
        var cancelled = store.Database.WriteAsync(s => Add(s, "cancelled"), cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        gate.Set();
        await blocker;
        await Write(s => Add(s, "later"));
        Assert.Equal(["later"], await States());
    }

    [Fact]
    public async Task A_change_that_is_being_made_is_finished_though_it_is_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        await store.Database.WriteAsync(
            s =>
            {
                cancellation.Cancel();
                return Add(s, "finished");
            },
            cancellation.Token);

        Assert.Equal(["finished"], await States());
    }

    [Fact]
    public async Task Closing_writes_what_waits_and_refuses_what_comes_later()
    {
        var database = store.Database;
        var writes = Enumerable.Range(0, 3000).Select(i => database.WriteAsync(s => Add(s, $"{i:0000}"), CancellationToken.None)).ToList();
        store.Close();

        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.WriteAsync(s => Add(s, "late"), CancellationToken.None));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.ReadAsync(s => s.Number("SELECT 1"), CancellationToken.None));
        store.Restart();
        Assert.Equal(3000, (await States()).Count);
    }

    [Fact]
    public async Task Commits_are_flushed_to_the_disk_and_readers_do_not_wait_for_them()
    {
        // 2 is FULL.
        Assert.Equal(2, await store.Database.WriteAsync(s => s.Number("PRAGMA synchronous"), CancellationToken.None));
        Assert.Equal("wal", await store.Database.ReadAsync(s => s.First("PRAGMA journal_mode", r => r.GetString(0)), CancellationToken.None));

        using var gate = new ManualResetEventSlim();
        var writing = Write(s =>
        {
            Add(s, "unfinished");
            gate.Wait();
        });
        Assert.Empty(await States());
        gate.Set();
        await writing;
        Assert.Equal(["unfinished"], await States());
    }

    [Fact]
    public async Task A_reader_can_not_write() =>
        await Assert.ThrowsAsync<StorageException>(() => store.Database.ReadAsync(s => Add(s, "reader"), CancellationToken.None));

    public void Dispose() => store.Dispose();

    private static int Add(Session session, string state) =>
        session.Execute("INSERT INTO grain_state(grain, state, etag, content) VALUES('g', ?1, '1', x'')", state);

    /// <summary>Holds the writer up, so that what comes now waits together.</summary>
    private async Task<Task> Blocked(ManualResetEventSlim gate)
    {
        var started = new TaskCompletionSource();
        var blocker = Write(_ =>
        {
            started.TrySetResult();
            gate.Wait();
        });
        await started.Task;
        return blocker;
    }

    private Task Write(Action<Session> change) =>
        store.Database.WriteAsync(
            s =>
            {
                change(s);
                return true;
            },
            CancellationToken.None);

    private Task<List<string>> States() =>
        store.Database.ReadAsync(s => s.All("SELECT state FROM grain_state ORDER BY state", r => r.GetString(0)), CancellationToken.None);
}
