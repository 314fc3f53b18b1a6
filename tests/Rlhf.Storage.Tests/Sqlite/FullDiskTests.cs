namespace Rlhf.Storage.Tests.Sqlite;

/// <summary>SQLite gets no further page here, which is how it meets a full disk; the error and the way back are the same.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly Store store = new();

    [Fact]
    public async Task A_full_disk_refuses_loses_nothing_and_works_again_once_there_is_room()
    {
        await store.Ledger.AppendAsync(Samples.Many(50, "before"));
        await LimitPages(64);

        var acknowledged = 50;
        StorageFullException? error = null;
        for (var i = 0; error is null; i++)
        {
            try
            {
                await store.Ledger.AppendAsync(Samples.Many(10, $"filling{i}-"));
                acknowledged += 10;
            }
            catch (StorageFullException e)
            {
                error = e;
            }
        }

        Assert.Contains(store.DatabaseFile, error.Message);
        Assert.Equal(acknowledged, await store.Ledger.LastSequenceAsync());
        await Assert.ThrowsAsync<StorageFullException>(() => store.Ledger.AppendAsync(Samples.Many(500, "too many")));
        Assert.Equal(new LedgerVerification(acknowledged, null, null), await store.Ledger.VerifyAsync());

        await LimitPages(1_000_000);
        await store.Ledger.AppendAsync(Samples.Many(500, "too many"));
        store.Restart();
        Assert.Equal(new LedgerVerification(acknowledged + 500, null, null), await store.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task What_still_fits_is_stored_though_its_neighbour_does_not()
    {
        using var gate = new ManualResetEventSlim();
        await LimitPages(64);
        var started = new TaskCompletionSource();
        var blocker = store.Database.WriteAsync(
            _ =>
            {
                started.TrySetResult();
                gate.Wait();
                return true;
            },
            CancellationToken.None);
        await started.Task;
        var small = store.Turns.AppendAsync(Samples.Turn("small", 1));
        var large = store.Turns.AppendAsync(Samples.Turn("large", 1) with { Reply = new string('x', 1_000_000) });
        var event1 = store.Ledger.AppendAsync(Samples.Thumbs("e1"));
        gate.Set();

        await blocker;
        await small;
        await event1;
        await Assert.ThrowsAsync<StorageFullException>(() => large);
        Assert.Equal("small", Assert.Single(await store.Turns.RecentAsync(10)).ConversationId);
    }

    public void Dispose() => store.Dispose();

    private Task LimitPages(int pages) =>
        store.Database.WriteAsync(s => s.Number($"PRAGMA max_page_count = {pages}"), CancellationToken.None);
}
