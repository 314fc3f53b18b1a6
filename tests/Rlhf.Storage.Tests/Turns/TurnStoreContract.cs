using System.Text;

namespace Rlhf.Storage.Tests.Turns;

/// <summary>What holds in every store.</summary>
public abstract class TurnStoreContract(StoreKind kind) : IDisposable
{
    private readonly Store store = new(kind);

    [ContractFact]
    public async Task A_turn_comes_back_as_it_was_after_a_restart()
    {
        var turn = Samples.Turn("c-1", 1);
        await store.Turns.AppendAsync(turn);
        store.Restart();

        Assert.Equivalent(turn, await store.Turns.FindAsync("c-1", 1), strict: true);
    }

    [ContractFact]
    public async Task What_is_not_there_is_null_or_empty()
    {
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));

        Assert.Null(await store.Turns.FindAsync("c-1", 2));
        Assert.Null(await store.Turns.FindAsync("c-2", 1));
        Assert.Empty(await store.Turns.ReadAsync("c-2"));
    }

    [ContractFact]
    public async Task A_conversation_is_read_by_number_and_without_its_neighbours()
    {
        await Task.WhenAll(
            store.Turns.AppendAsync(Samples.Turn("c-1", 2)),
            store.Turns.AppendAsync(Samples.Turn("c-10", 1)),
            store.Turns.AppendAsync(Samples.Turn("c-1", 10)),
            store.Turns.AppendAsync(Samples.Turn("c-1", 1)));

        Assert.Equal([1, 2, 10], (await store.Turns.ReadAsync("c-1")).Select(t => t.Number));
    }

    [ContractFact]
    public async Task The_recent_turns_are_the_last_recorded_ones_newest_first()
    {
        for (var i = 1; i <= 5; i++)
        {
            await store.Turns.AppendAsync(Samples.Turn($"c-{i % 2}", i));
        }

        Assert.Equal([5, 4, 3], (await store.Turns.RecentAsync(3)).Select(t => t.Number));
        Assert.Equal(5, (await store.Turns.RecentAsync(100)).Count);
        Assert.Empty(await store.Turns.RecentAsync(0));
    }

    [ContractFact]
    public async Task A_turn_sent_again_is_there_once()
    {
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));

        Assert.Single(await store.Turns.RecentAsync(10));
    }

    [ContractFact]
    public async Task Another_turn_of_the_same_number_is_refused_and_the_first_one_stays()
    {
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => store.Turns.AppendAsync(Samples.Turn("c-1", 1) with { Reply = "another" }));

        Assert.Contains("c-1 has another turn 1", error.Message);
        Assert.Equal("Answer 1", (await store.Turns.FindAsync("c-1", 1))!.Reply);
    }

    [ContractTheory]
    [InlineData("")]
    [InlineData("\0\u0011")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"number\":2}")]
    [InlineData("{\"conversation_id\":\"c-1\",\"number\":1,\"version\":\"v1\",\"reply\":\"Answer 1\",\"finish_reason\":\"stop\"}")]
    public async Task A_turn_that_can_not_be_read_is_set_aside_and_only_who_asks_for_it_meets_it(string content)
    {
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 2));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 3));
        await store.DamageTurnAsync("c-1", 2, Encoding.UTF8.GetBytes(content));

        var stored = await store.Turns.ReadAsync("c-1");
        Assert.Equal([1, 3], stored.Select(turn => turn.Number));
        Assert.Equal([2], stored.Damaged);
        Assert.Equal((3, 3), (stored.Stored, stored.LastNumber));
        Assert.Contains("Turn 2 of conversation 'c-1' can't be read", (await Assert.ThrowsAsync<StorageDamagedException>(() => store.Turns.FindAsync("c-1", 2))).Message);
        Assert.Equal("Answer 3", (await store.Turns.FindAsync("c-1", 3))!.Reply);
        Assert.Equal([3, 1], (await store.Turns.RecentAsync(10)).Select(turn => turn.Number));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Turns.AppendAsync(Samples.Turn("c-1", 2)));
        Assert.Single(store.Damage.Found);
    }

    [ContractFact]
    public async Task A_damaged_last_turn_keeps_its_number()
    {
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 2));
        await store.DamageTurnAsync("c-1", 2, [0, 17]);

        Assert.Equal(2, (await store.Turns.ReadAsync("c-1")).LastNumber);
    }

    [ContractFact]
    public async Task What_can_not_be_read_is_found_by_its_age_and_deleted()
    {
        foreach (var (conversation, number) in new[] { ("a", 1), ("only", 2), ("b", 3), ("young", 5) })
        {
            await store.Turns.AppendAsync(Samples.Turn(conversation, number));
        }

        await store.DamageTurnAsync("a", 1, [0, 17]);
        await store.DamageTurnAsync("only", 2, [0, 17]);
        var before = Samples.Turn("young", 5).At;
        Assert.Equal(["a", "b", "only"], (await store.Turns.ConversationsBeforeAsync(before).ToListAsync()).Order());
        await store.Turns.DeleteAsync("a");
        await store.Turns.DeleteAsync("only");

        Assert.Equal(0, (await store.Turns.ReadAsync("only")).Stored);
        Assert.Equal(["b"], await store.Turns.ConversationsBeforeAsync(before).ToListAsync());
        Assert.Equal([5, 3], (await store.Turns.RecentAsync(10)).Select(turn => turn.Number));
        Assert.True(await store.Turns.AppendAsync(Samples.Turn("only", 2)));
    }

    [ContractFact]
    public async Task Conversations_are_found_by_when_they_were_opened()
    {
        var opened = Samples.Turn("c", 1).At;
        for (var i = 0; i < 5; i++)
        {
            await store.Conversations.AddAsync(new IndexedConversation($"c{i}", i == 0 ? "app" : null, $"ann {i % 2}", opened.AddDays(i)));
        }

        Assert.Equal(["c1", "c2"], (await store.Conversations.OpenedAsync(opened.AddDays(1), opened.AddDays(3)).ToListAsync()).Distinct().Order());
        Assert.Empty(await store.Conversations.OpenedAsync(opened.AddDays(9), opened.AddDays(10)).ToListAsync());
        Assert.Equal(5, (await store.Conversations.OpenedAsync(default, opened.AddDays(10)).ToListAsync()).Distinct().Count());
    }

    [ContractTheory]
    [InlineData("", 1)]
    [InlineData("c-1", 0)]
    public async Task A_turn_without_a_place_is_refused(string conversation, int number) =>
        await Assert.ThrowsAsync<ArgumentException>(() => store.Turns.AppendAsync(Samples.Turn(conversation, number)));

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>It holds in SQLite.</summary>
public sealed class SqliteTurnStoreTests() : TurnStoreContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableTurnStoreTests() : TurnStoreContract(StoreKind.Tables);
