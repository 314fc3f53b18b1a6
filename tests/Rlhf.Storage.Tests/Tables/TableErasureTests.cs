using Azure.Data.Tables;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Contracts;
using Rlhf.Storage.Tables;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Tables;

/// <summary>What of erasing is particular to tables.</summary>
public sealed class TableErasureTests
{
    private static readonly DateTimeOffset Later = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [AzuriteFact]
    public async Task What_was_erased_is_in_no_row_of_any_table_nor_what_an_attempt_left()
    {
        using var store = new Store(StoreKind.Tables);
        await store.Ledger.AppendAsync(Samples.Thumbs("e1"));
        var chat = Samples.Turn("c-S3CRET", 1) with { Reply = "S3CRET" };
        await store.Turns.AppendAsync(chat);
        var log = new LedgerLog(store.Tables.Table("ledger"));
        NewEvent[] secret = [new("e-S3CRET", "c-S3CRET", Storage.Content.Of(Samples.Thumbs("e-S3CRET") with { Reply = "S3CRET", CompletionId = CompletionId.Of("c-S3CRET", 1) }))];
        await new Attempt(await log.HeadAsync(CancellationToken.None), secret, 3).WriteAsync(store.Tables.Table("events"), CancellationToken.None); // never committed
        await store.Ledger.AppendAsync(Storage.Content.Feedback(secret[0].Content));
        Assert.Contains("S3CRET", await RowsAsync(store));

        Assert.Equal(1, await store.Ledger.EraseAsync(Erasure.OfUser, [2], Later));
        await store.Turns.DeleteAsync("c-S3CRET");
        Assert.DoesNotContain("S3CRET", await RowsAsync(store));
        Assert.True((await store.Ledger.VerifyAsync()).Holds);
    }

    [AzuriteFact]
    public async Task An_erasure_that_a_crash_cut_off_is_finished_by_the_next()
    {
        using var store = new Store(StoreKind.Tables);
        await store.Ledger.AppendAsync(Samples.Many(3));
        var begun = FeedbackEvent.Of(new Erasure(Erasure.OfUser, [new SequenceRange(2, 2)], 0, null), Later);
        await new LedgerLog(store.Tables.Table("ledger")).BeginErasureAsync(begun, CancellationToken.None);
        store.Restart();

        Assert.Equal(0, await store.Ledger.EraseAsync(Erasure.OfUser, [2], Later));
        Assert.Equal(["e1", "erased/2", "e3", begun.Id], (await store.Ledger.ReadAsync(0).ToListAsync()).Select(entry => entry.Event.Id));
        Assert.Empty(await new LedgerLog(store.Tables.Table("ledger")).BegunErasuresAsync(CancellationToken.None));
    }

    [AzuriteFact]
    public async Task Content_that_a_copy_holds_beside_its_erasure_is_erased_again()
    {
        using var store = new Store(StoreKind.Tables);
        await store.Ledger.AppendAsync(Samples.Many(2));
        TableEntity before = await store.Tables.Table("events").QueryAsync<TableEntity>().FirstAsync(row => row.GetString("Id") == "e1");
        await store.Ledger.EraseAsync(Erasure.OfUser, [1], Later);
        await store.Tables.Table("events").UpsertEntityAsync(before, TableUpdateMode.Replace);
        store.Restart();
        Assert.True((await store.Ledger.ReadAsync(0).FirstAsync()).Event.IsFeedback);

        await ((TableFeedbackLedger)store.Ledger).EraseAgainAsync(CancellationToken.None);
        Assert.Equal(["erased/1", "e2"], (await store.Ledger.ReadAsync(0).ToListAsync()).Take(2).Select(entry => entry.Event.Id));
        Assert.Equal(3, await store.Ledger.LastSequenceAsync());
    }

    [AzuriteFact]
    public async Task Turns_that_wait_to_be_saved_are_forgotten_with_their_conversation()
    {
        using var unsaved = new UnsavedTurns((_, _) => throw new StorageUnavailableException("away"), 1_000_000);
        Assert.True(unsaved.TryKeep(Samples.Turn("c-1", 1), 10));
        Assert.True(unsaved.TryKeep(Samples.Turn("c-2", 1), 10));
        var slow = new TaskCompletionSource();
        unsaved.Slow("c-1", slow.Task);

        var forgetting = unsaved.ForgetAsync("c-1", CancellationToken.None);
        Assert.False(forgetting.IsCompleted);
        slow.SetResult();
        await forgetting;
        Assert.Empty(unsaved.Of("c-1"));
        Assert.Single(unsaved.Of("c-2"));
    }

    [AzuriteFact]
    public async Task Conversations_of_before_the_index_are_in_it()
    {
        using var store = new Store(StoreKind.Tables);
        foreach (var (id, owner, client) in new[] { ("c:old.1", "ann", (string?)null), ("c-2", "ann", "app"), ("c-3", null!, null) })
        {
            var state = new GrainState<Owned> { State = new Owned { Owner = owner, Client = client } };
            await store.GrainStorage.WriteStateAsync("conversation", GrainId.Create("conversation", id), state);
        }

        Assert.Equal(["c:old.1"], (await store.Conversations.PageAsync(null, "ann", 10, null))!.Conversations.Select(conversation => conversation.Id));
        Assert.Equal(["c-2"], (await store.Conversations.PageAsync("app", "ann", 10, null))!.Conversations.Select(conversation => conversation.Id));
    }

    private static async Task<string> RowsAsync(Store store)
    {
        var all = new StringWriter();
        foreach (var name in (string[])["ledger", "events", "index", "turns", "recent", "conversations"])
        {
            await foreach (var row in store.Tables.Table(name).QueryAsync<TableEntity>())
            {
                foreach (var (property, value) in row)
                {
                    all.WriteLine($"{name} {property} {(value is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : value)}");
                }
            }
        }

        return all.ToString();
    }

    internal sealed class Owned
    {
        public string? Owner { get; set; }

        public string? Client { get; set; }
    }
}
