using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Tables;

/// <summary>What becomes of turns while the tables don't answer, answer late, or refuse.</summary>
public sealed class UnsavedTurnTests : IDisposable
{
    private readonly FaultyProxy proxy = new(AzuriteServer.Shared.Port);
    private readonly TableStorageOptions options;
    private Store store;

    public UnsavedTurnTests()
    {
        options = new TableStorageOptions(proxy.ConnectionString, $"t{Guid.NewGuid():N}") { RetryDelay = TimeSpan.FromMilliseconds(2) };
        store = new Store(options);
    }

    [AzuriteFact]
    public async Task A_new_conversation_goes_on_from_memory_and_is_saved_when_the_tables_answer()
    {
        await store.Turns.AppendAsync(Samples.Turn("old", 1));
        proxy.Rule = _ => Fault.Busy;
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Ledger.AppendAsync(Samples.Thumbs("refused")));

        var conversation = NewConversation();
        Assert.Empty(await store.Turns.ReadAsync(conversation));
        Assert.Empty(await store.Ledger.ReadConversationAsync(conversation));
        Assert.False(await store.Turns.AppendAsync(Samples.Turn(conversation, 1)));
        Assert.False(await store.Turns.AppendAsync(Samples.Turn(conversation, 2)));
        Assert.Equal([1, 2], (await store.Turns.ReadAsync(conversation)).Select(turn => turn.Number));

        proxy.Rule = _ => Fault.None;
        Assert.Equal("Answer 2", (await store.Turns.FindAsync(conversation, 2))!.Reply);
        Reopen();
        Assert.Equal([1, 2], (await store.Turns.ReadAsync(conversation)).Select(turn => turn.Number));
        Assert.Equal(3, (await store.Turns.RecentAsync(10)).Count);
    }

    [AzuriteFact]
    public async Task The_state_of_a_new_conversation_is_known_to_be_none_and_cannot_be_written()
    {
        await store.Turns.AppendAsync(Samples.Turn("old", 1));
        var storage = store.GrainStorage;
        proxy.Rule = _ => Fault.Busy;

        var grain = Orleans.Runtime.GrainId.Create("conversation", NewConversation());
        var state = new Orleans.GrainState<List<int>>([1]);
        await storage.ReadStateAsync("s", grain, state);
        Assert.False(state.RecordExists);
        await Assert.ThrowsAnyAsync<StorageException>(() => storage.WriteStateAsync("s", grain, state));
    }

    [AzuriteFact]
    public async Task What_may_be_in_the_tables_is_not_guessed()
    {
        var conversation = NewConversation();
        await store.Turns.AppendAsync(Samples.Turn("old", 1));
        await store.Turns.AppendAsync(Samples.Turn(conversation, 1));
        proxy.Rule = _ => Fault.Busy;

        await Assert.ThrowsAnyAsync<StorageException>(() => store.Turns.ReadAsync("old"));
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Turns.ReadAsync(Guid.CreateVersion7(DateTimeOffset.UtcNow.AddHours(-1)).ToString("N")));

        // A server that starts while they are away knows of nothing that another one stored before.
        Reopen();
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Ledger.LastSequenceAsync());
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Turns.ReadAsync(Guid.CreateVersion7(DateTimeOffset.UtcNow.AddSeconds(-10)).ToString("N")));
    }

    [AzuriteFact]
    public async Task A_turn_whose_number_was_given_away_meanwhile_is_kept_as_the_next_that_is_free()
    {
        await store.Turns.AppendAsync(Samples.Turn("c", 1));
        proxy.Rule = _ => Fault.Busy;
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 2) with { Reply = "waited" }));
        using (var other = new Store(options with { ConnectionString = AzuriteServer.Shared.ConnectionString }))
        {
            Assert.True(await other.Turns.AppendAsync(Samples.Turn("c", 2)));
            Assert.True(await other.Turns.AppendAsync(Samples.Turn("c", 3)));
        }

        proxy.Rule = _ => Fault.None;
        await store.Turns.FindAsync("c", 2);
        Assert.Equal(["Answer 1", "Answer 2", "Answer 3", "waited"], (await store.Turns.ReadAsync("c")).Select(turn => turn.Reply));
    }

    [AzuriteFact]
    public async Task What_waits_cannot_be_rated_before_it_is_saved()
    {
        await store.Turns.AppendAsync(Samples.Turn("c", 1));
        proxy.Rule = _ => Fault.Busy;
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 2)));
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Turns.FindAsync("c", 2));

        proxy.Rule = _ => Fault.None;
        Assert.NotNull(await store.Turns.FindAsync("c", 2));
        using var other = new Store(options);
        Assert.NotNull(await other.Turns.FindAsync("c", 2));
    }

    [AzuriteFact]
    public async Task Turns_of_a_conversation_are_saved_in_their_order()
    {
        await store.Turns.AppendAsync(Samples.Turn("c", 1));
        proxy.Rule = _ => Fault.Busy;
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 2)));

        // The second is held up while the tables answer everything else: the third waits behind it.
        var release = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        proxy.Hold = release.Task;
        proxy.Rule = request =>
        {
            if (request.HttpMethod != "POST" || !request.RawUrl!.Contains("turns", StringComparison.Ordinal))
            {
                return Fault.None;
            }

            arrived.TrySetResult();
            return Fault.Late;
        };
        var finding = store.Turns.FindAsync("c", 2);
        await arrived.Task;
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 3)));
        using (var other = new Store(options with { ConnectionString = AzuriteServer.Shared.ConnectionString }))
        {
            Assert.DoesNotContain(3, (await other.Turns.ReadAsync("c")).Select(turn => turn.Number));
        }

        release.SetResult();
        Assert.NotNull(await finding);
        Reopen();
        Assert.Equal([1, 2, 3], (await store.Turns.ReadAsync("c")).Select(turn => turn.Number));
    }

    [AzuriteFact]
    public async Task A_reply_does_not_wait_for_tables_that_are_slow()
    {
        Reopen(options with { TurnPatience = TimeSpan.Zero });
        await store.Ledger.LastSequenceAsync();
        var release = new TaskCompletionSource();
        proxy.Hold = release.Task;
        proxy.Rule = _ => Fault.Late;
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 1)));
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 2)));

        proxy.Rule = _ => Fault.None;
        release.SetResult();
        Assert.NotNull(await store.Turns.FindAsync("c", 2));
        Reopen();
        Assert.Equal([1, 2], (await store.Turns.ReadAsync("c")).Select(turn => turn.Number));
        Assert.Equal(2, (await store.Turns.RecentAsync(10)).Count);
    }

    [AzuriteTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Under_tables_that_refuse_half_of_everything_each_turn_is_there_once_in_the_end(int seed)
    {
        await store.Ledger.LastSequenceAsync();
        var random = new Random(seed);
        proxy.Rule = _ => Roll(random) switch { < 50 => Fault.Busy, < 60 => Fault.AnswerLost, _ => Fault.None };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async conversation =>
        {
            for (var number = 1; number <= 6; number++)
            {
                await store.Turns.AppendAsync(Samples.Turn($"c-{conversation}", number));
            }
        }));

        proxy.Rule = _ => Fault.None;
        Reopen();
        for (var conversation = 0; conversation < 8; conversation++)
        {
            Assert.Equal([1, 2, 3, 4, 5, 6], (await store.Turns.ReadAsync($"c-{conversation}")).Select(turn => turn.Number));
        }

        Assert.Equal(48, (await store.Turns.RecentAsync(100)).Count);
    }

    [AzuriteFact]
    public async Task Memory_for_what_waits_is_bounded_and_beyond_it_a_turn_is_refused()
    {
        Reopen(options with { UnsavedTurnBytes = 20_000 });
        await store.Turns.AppendAsync(Samples.Turn("old", 1));
        proxy.Rule = _ => Fault.Busy;
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("c", 1) with { Reply = new string('x', 15_000) }));
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Turns.AppendAsync(Samples.Turn("d", 1) with { Reply = new string('x', 15_000) }));
        Assert.False(await store.Turns.AppendAsync(Samples.Turn("d", 2)));

        proxy.Rule = _ => Fault.None;
        Reopen();
        Assert.Single(await store.Turns.ReadAsync("c"));
        Assert.Equal([2], (await store.Turns.ReadAsync("d")).Select(turn => turn.Number));
    }

    public void Dispose()
    {
        proxy.Rule = _ => Fault.None;
        store.Dispose();
        proxy.Dispose();
    }

    /// <summary>Closes and opens the store, as a server that restarts.</summary>
    private void Reopen(TableStorageOptions? other = null)
    {
        store.Dispose();
        store = new Store(other ?? options);
    }

    /// <summary>An id as a server gives it to a conversation that opens a little later.</summary>
    private static string NewConversation() => Guid.CreateVersion7(DateTimeOffset.UtcNow.AddMinutes(1)).ToString("N");

    private static int Roll(Random random)
    {
        lock (random)
        {
            return random.Next(100);
        }
    }
}
