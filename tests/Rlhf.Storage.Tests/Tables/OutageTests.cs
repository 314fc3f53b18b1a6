using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Tables;

public sealed class OutageTests
{
    [AzuriteTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Through_refusals_and_lost_answers_what_was_acknowledged_is_there_once_and_the_rest_can_be_sent_again(int seed)
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        using var store = new Store(Impatient(proxy.ConnectionString));
        await store.Ledger.LastSequenceAsync();
        var random = new Random(seed);
        proxy.Rule = _ => Roll(random) switch { < 25 => Fault.Busy, < 40 => Fault.AnswerLost, _ => Fault.None };

        var acknowledged = new Dictionary<string, long>();
        var refused = new List<string>();
        foreach (var wave in Samples.Many(96).Chunk(8))
        {
            foreach (var (id, result) in await Task.WhenAll(wave.Select(async e => (e.Id, await TryAppend(store, e.Id)))))
            {
                if (result is { } there)
                {
                    acknowledged.Add(id, there.Sequence);
                }
                else
                {
                    refused.Add(id);
                }
            }
        }

        proxy.Rule = _ => Fault.None;
        Assert.NotEmpty(acknowledged);
        Assert.True((await store.Ledger.VerifyAsync()).Holds);
        var stored = (await store.Ledger.ReadAsync(0).ToListAsync()).ToDictionary(entry => entry.Event.Id, entry => entry.Sequence);
        Assert.All(acknowledged, pair => Assert.Equal(pair.Value, stored[pair.Key]));

        foreach (var id in refused)
        {
            Assert.Equal(stored.ContainsKey(id), (await store.Ledger.AppendAsync(Samples.Thumbs(id))).Duplicate);
        }

        store.Restart();
        Assert.Equal(96, await store.Ledger.LastSequenceAsync());
        Assert.Equal(96, (await store.Ledger.ReadConversationAsync("c-1")).Count);
        Assert.True((await store.Ledger.VerifyAsync()).Holds);
    }

    [AzuriteFact]
    public async Task A_service_that_is_stopped_and_started_again_has_what_was_acknowledged_and_refused_the_rest()
    {
        using var azurite = new AzuriteServer();
        using var store = new Store(Impatient(azurite.ConnectionString));
        await store.Ledger.AppendAsync(Samples.Many(20));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));
        await store.Adapters.SaveAsync("v1", new byte[1000]);

        azurite.Stop();
        var error = await Assert.ThrowsAnyAsync<StorageException>(() => store.Ledger.AppendAsync(Samples.Thumbs("refused")));
        Assert.Contains("does not answer", error.Message);
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Ledger.LastSequenceAsync());
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Turns.FindAsync("c-1", 1));

        azurite.Start();
        Assert.Equal(20, await store.Ledger.LastSequenceAsync());
        Assert.Equal(new AppendResult(21, Duplicate: false), await store.Ledger.AppendAsync(Samples.Thumbs("refused")));
        Assert.NotNull(await store.Turns.FindAsync("c-1", 1));
        Assert.Equal(1000, (await store.Adapters.LoadAsync("v1"))!.Length);
        Assert.True((await store.Ledger.VerifyAsync()).Holds);
    }

    [AzuriteFact]
    public async Task A_service_that_keeps_silent_is_not_waited_for_without_end()
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        using var store = new Store(Impatient(proxy.ConnectionString) with { TryTimeout = TimeSpan.FromMilliseconds(200) });
        await store.Ledger.AppendAsync(Samples.Thumbs("a"));

        proxy.Rule = _ => Fault.Silence;
        await Assert.ThrowsAnyAsync<StorageException>(() => store.Ledger.AppendAsync(Samples.Thumbs("b")));
        proxy.Rule = _ => Fault.None;
        Assert.Equal(2, (await store.Ledger.AppendAsync(Samples.Thumbs("b"))).Sequence);
    }

    [AzuriteFact]
    public async Task A_state_whose_answer_was_lost_is_a_conflict_for_the_activation_and_there_for_the_next_one()
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        using var store = new Store(Impatient(proxy.ConnectionString));
        var grain = GrainId.Create("conversation", "c");
        var state = new GrainState<List<int>>([1]);
        await store.GrainStorage.WriteStateAsync("s", grain, state);

        var lost = 0;
        proxy.Rule = request => request.HttpMethod == "PUT" && Interlocked.Increment(ref lost) == 1 ? Fault.AnswerLost : Fault.None;
        state.State = [2];
        await Assert.ThrowsAsync<InconsistentStateException>(() => store.GrainStorage.WriteStateAsync("s", grain, state));

        var next = new GrainState<List<int>>();
        await store.GrainStorage.ReadStateAsync("s", grain, next);
        Assert.Equal([2], next.State!);
        next.State = [3];
        await store.GrainStorage.WriteStateAsync("s", grain, next);
    }

    [AzuriteFact]
    public async Task State_and_reminders_are_refused_as_the_rest_while_the_tables_are_away_and_what_cannot_be_there_is_not_asked_for()
    {
        using var azurite = new AzuriteServer();
        using var store = new Store(Impatient(azurite.ConnectionString));
        var (grain, name) = (GrainId.Create("conversation", "c"), "train");
        var state = new GrainState<List<int>>([1]);
        await store.GrainStorage.WriteStateAsync("s", grain, state);
        var reminder = new ReminderEntry { GrainId = grain, ReminderName = name, StartAt = DateTime.UnixEpoch, Period = TimeSpan.FromHours(1) };

        azurite.Stop();
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.GrainStorage.ReadStateAsync("s", grain, new GrainState<List<int>>()));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.GrainStorage.WriteStateAsync("s", grain, state));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.GrainStorage.ClearStateAsync("s", grain, state));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.Reminders.UpsertRow(reminder));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.Reminders.ReadRow(grain, name));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.Reminders.ReadRows(0, 0));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => store.Reminders.RemoveRow(grain, name, "e"));

        var opened = new GrainState<List<int>>();
        await store.GrainStorage.ReadStateAsync("s", GrainId.Create("conversation", $"{Guid.CreateVersion7():N}"), opened);
        Assert.Equal((0, false), (opened.State!.Count, opened.RecordExists));

        azurite.Start();
        state.State = [2];
        await store.GrainStorage.WriteStateAsync("s", grain, state);
        Assert.NotNull(await store.Reminders.UpsertRow(reminder));
    }

    [AzuriteFact]
    public async Task A_state_whose_answer_does_not_come_is_not_waited_for_without_end()
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        using var store = new Store(Impatient(proxy.ConnectionString) with { TryTimeout = TimeSpan.FromMilliseconds(200) });
        var (storage, grain) = (store.GrainStorage, GrainId.Create("conversation", "c"));

        proxy.Rule = _ => Fault.Silence;
        await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.ReadStateAsync("s", grain, new GrainState<List<int>>()));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => storage.WriteStateAsync("s", grain, new GrainState<List<int>>([1])));
        proxy.Rule = _ => Fault.None;
        await storage.ReadStateAsync("s", grain, new GrainState<List<int>>());
    }

    private static TableStorageOptions Impatient(string connection) =>
        new(connection, $"t{Guid.NewGuid():N}") { RetryDelay = TimeSpan.FromMilliseconds(2) };

    private static int Roll(Random random)
    {
        lock (random)
        {
            return random.Next(100);
        }
    }

    private static async Task<AppendResult?> TryAppend(Store store, string id)
    {
        try
        {
            return await store.Ledger.AppendAsync(Samples.Thumbs(id));
        }
        catch (StorageException)
        {
            return null;
        }
    }
}
