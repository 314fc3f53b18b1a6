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
