using Rlhf.Contracts;

namespace Rlhf.Storage.Tests.Ledger;

/// <summary>What holds of erased entries in every store.</summary>
public abstract class ErasureContract(StoreKind kind) : IDisposable
{
    private static readonly DateTimeOffset Later = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly Store store = new(kind);

    [ContractFact]
    public async Task Of_an_erased_entry_only_its_version_and_thumb_are_left_and_the_chain_holds()
    {
        await store.Ledger.AppendAsync(Samples.Many(5));
        Assert.Equal(3, await store.Ledger.EraseAsync(Erasure.OfUser, [2, 3, 5], Later, turns: 1, oldestTurn: Later));
        await store.Ledger.AppendAsync(Samples.Thumbs("after"));
        store.Restart();

        var entries = await store.Ledger.ReadAsync(0).ToListAsync();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], entries.Select(entry => entry.Sequence));
        Assert.Equal(["e1", "erased/2", "erased/3", "e4", "erased/5", "after"], entries.Where(entry => entry.Sequence != 6).Select(entry => entry.Event.Id));
        Assert.Equivalent(Samples.Thumbs("e2").Erased(2), entries[1].Event, strict: true);
        Assert.Equal(("v1", true, FeedbackKind.Erased), (entries[1].Event.Version, entries[1].Event.Up, entries[1].Event.Kind));
        var erasure = entries[5].Event;
        Assert.Equal((FeedbackKind.Erasure, Later, "", 1), (erasure.Kind, erasure.At, erasure.Rater, erasure.Erasure!.Turns));
        Assert.Equal([new SequenceRange(2, 3), new SequenceRange(5, 5)], erasure.Erasure.Ranges.AsEnumerable());
        Assert.Equal(new LedgerVerification(7, null, null), await store.Ledger.VerifyAsync());
        Assert.Equal(["e1", "e4", "after"], (await store.Ledger.ReadConversationAsync("c-1")).Select(entry => entry.Event.Id));
    }

    [ContractFact]
    public async Task An_entry_that_is_looked_up_is_what_an_erasure_left_of_it()
    {
        await store.Ledger.AppendAsync(Samples.Many(3));
        Assert.Equivalent(Samples.Thumbs("e2"), (await store.Ledger.FindAsync(2))!.Event, strict: true);
        await store.Ledger.EraseAsync(Erasure.OfUser, [2], Later);

        Assert.Equivalent(Samples.Thumbs("e2").Erased(2), (await store.Ledger.FindAsync(2))!.Event, strict: true);
        Assert.Equal(["e1", "e3"], [(await store.Ledger.FindAsync(1))!.Event.Id, (await store.Ledger.FindAsync(3))!.Event.Id]);
        Assert.Equal(FeedbackKind.Erasure, (await store.Ledger.FindAsync(4))!.Event.Kind);
        Assert.Null(await store.Ledger.FindAsync(5));
    }

    [ContractFact]
    public async Task Erasing_again_records_nothing_and_erasures_stay()
    {
        await store.Ledger.AppendAsync(Samples.Many(2));
        await store.Ledger.EraseAsync(Erasure.OfUser, [1], Later);

        Assert.Equal(0, await store.Ledger.EraseAsync(Erasure.OfUser, [1, 3, 99], Later));
        Assert.Equal(3, await store.Ledger.LastSequenceAsync());
        Assert.Equal(1, await store.Ledger.EraseAsync(Erasure.Retention, [1, 2, 3], Later));
        Assert.Equal(new LedgerVerification(4, null, null), await store.Ledger.VerifyAsync());
    }

    [ContractFact]
    public async Task The_id_of_an_erased_entry_is_free_again()
    {
        await store.Ledger.AppendAsync(Samples.Thumbs("e1"));
        await store.Ledger.EraseAsync(Erasure.OfUser, [1], Later);
        store.Restart();

        Assert.Equal(new AppendResult(3, Duplicate: false), await store.Ledger.AppendAsync(Samples.Thumbs("e1")));
    }

    [ContractFact]
    public async Task Deleted_turns_are_gone_from_their_conversation_and_from_the_recent_ones_and_may_come_anew()
    {
        foreach (var turn in (Turn[])[Samples.Turn("c-1", 1), Samples.Turn("c-1", 2), Samples.Turn("c-2", 1)])
        {
            await store.Turns.AppendAsync(turn);
        }

        await store.Turns.DeleteAsync("c-1");
        await store.Turns.DeleteAsync("c-1");
        store.Restart();
        Assert.Empty(await store.Turns.ReadAsync("c-1"));
        Assert.Null(await store.Turns.FindAsync("c-1", 2));
        Assert.Equal("c-2", Assert.Single(await store.Turns.RecentAsync(10)).ConversationId);
        await store.Turns.AppendAsync(Samples.Turn("c-1", 3));
        Assert.Equal(3, Assert.Single(await store.Turns.ReadAsync("c-1")).Number);
    }

    [ContractFact]
    public async Task Conversations_are_found_by_how_old_their_turns_are()
    {
        for (var i = 1; i <= 4; i++)
        {
            await store.Turns.AppendAsync(Samples.Turn($"c:{i}", i));
        }

        var before = Samples.Turn("c:3", 3).At;
        Assert.Equal(["c:1", "c:2"], (await store.Turns.ConversationsBeforeAsync(before).ToListAsync()).Order());
    }

    [ContractFact]
    public async Task A_users_conversations_are_listed_newest_first_page_by_page()
    {
        for (var i = 1; i <= 5; i++)
        {
            await store.Conversations.AddAsync(new IndexedConversation($"c:{i}", "app", "ann/ä", Later.AddSeconds(i)));
        }

        await store.Conversations.AddAsync(new IndexedConversation("other", null, "ann/ä", Later));
        await store.Conversations.AddAsync(new IndexedConversation("others", "app", "bob", Later));
        var first = await store.Conversations.PageAsync("app", "ann/ä", 2, null);
        var rest = await store.Conversations.PageAsync("app", "ann/ä", 10, "c:4");
        Assert.Equal(["c:5", "c:4"], first!.Conversations.Select(conversation => conversation.Id));
        Assert.Equal(["c:3", "c:2", "c:1"], rest!.Conversations.Select(conversation => conversation.Id));
        Assert.Equal((true, false), (first.HasMore, rest.HasMore));
        Assert.Equal(Later.AddSeconds(5), first.Conversations[0].OpenedAt);
        Assert.Null(await store.Conversations.PageAsync("app", "ann/ä", 2, "others"));

        await store.Conversations.RemoveAsync("app", "ann/ä", "c:5");
        await store.Conversations.RemoveAsync("app", "ann/ä", "c:5");
        Assert.Equal(["c:4"], (await store.Conversations.PageAsync("app", "ann/ä", 1, null))!.Conversations.Select(conversation => conversation.Id));
    }

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>It holds in SQLite.</summary>
public sealed class SqliteErasureTests() : ErasureContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableErasureTests() : ErasureContract(StoreKind.Tables);
