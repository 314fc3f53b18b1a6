using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Tests.State;

public sealed class Tally
{
    public int Count { get; set; }
}

public interface ITallyGrain : IGrainWithStringKey
{
    Task<int> Add(int amount);

    Task AddWithoutWriting(int amount);

    Task<(int Count, bool Stored)> Read();

    Task Clear();

    Task Go();
}

internal sealed class TallyGrain([PersistentState("tally", "memory")] IPersistentState<Tally> tally, Stage stage) : Grain, ITallyGrain
{
    public async Task<int> Add(int amount)
    {
        tally.State.Count += amount;
        await tally.WriteStateAsync();
        return tally.State.Count;
    }

    public Task AddWithoutWriting(int amount)
    {
        tally.State.Count += amount;
        return Task.CompletedTask;
    }

    public Task<(int Count, bool Stored)> Read() => Task.FromResult((tally.State.Count, tally.RecordExists));

    public Task Clear() => tally.ClearStateAsync();

    public Task Go()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        stage.Note($"{this.GetPrimaryKeyString()} goes: {reason.ReasonCode}");
        stage.Open($"{this.GetPrimaryKeyString()} has gone");
        return Task.CompletedTask;
    }
}

public interface IHomelessGrain : IGrainWithStringKey
{
    Task Anything();
}

internal sealed class HomelessGrain([PersistentState("state", "nowhere")] IPersistentState<Tally> state) : Grain, IHomelessGrain
{
    public Task Anything() => state.ReadStateAsync();
}

public sealed class StateTests
{
    [Fact]
    public async Task StateIsReadBeforeTheFirstCallAndSurvivesDeactivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITallyGrain>("one");

        Assert.Equal((0, false), await grain.Read());
        await grain.Add(3);
        await grain.AddWithoutWriting(100);
        await grain.Go();
        await silo.Stage.Wait("one has gone");

        Assert.Equal((3, true), await grain.Read());
    }

    [Fact]
    public async Task StateSurvivesARestart()
    {
        IGrainStorage kept;
        await using (var before = await TestSilo.StartAsync())
        {
            kept = before.Host.Services.GetRequiredKeyedService<IGrainStorage>("memory");
            await before.Grains.GetGrain<ITallyGrain>("one").Add(7);
        }

        await using var after = await TestSilo.StartAsync(s => s.Services.AddKeyedSingleton("memory", kept));

        Assert.Equal(9, await after.Grains.GetGrain<ITallyGrain>("one").Add(2));
    }

    [Fact]
    public async Task ClearedStateIsNewAndNotStored()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITallyGrain>("one");
        await grain.Add(3);

        await grain.Clear();

        Assert.Equal((0, false), await grain.Read());
        Assert.Equal(1, await grain.Add(1));
    }

    [Fact]
    public async Task AnETagConflictReachesTheCallerAndEndsTheActivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ITallyGrain>("one");
        await grain.Add(1);
        await WriteBehindItsBack(silo, count: 50);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => grain.Add(1));
        await silo.Stage.Wait("one has gone");

        Assert.NotEqual(conflict.StoredEtag, conflict.CurrentEtag);
        Assert.Equal(["one goes: ApplicationError"], silo.Stage.Log);
        Assert.Equal(51, await grain.Add(1));
    }

    [Fact]
    public async Task AStorageThatWasNeverConfiguredIsNamed()
    {
        await using var silo = await TestSilo.StartAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grains.GetGrain<IHomelessGrain>("one").Anything());

        var cause = Assert.IsType<BadProviderConfigException>(error.GetBaseException());
        Assert.Contains("\"nowhere\"", cause.Message, StringComparison.Ordinal);
    }

    private static async Task WriteBehindItsBack(TestSilo silo, int count)
    {
        var storage = silo.Host.Services.GetRequiredKeyedService<IGrainStorage>("memory");
        var id = GrainId.Create("tally", "one");
        var record = new GrainState<Tally>();
        await storage.ReadStateAsync("tally", id, record);
        record.State!.Count = count;
        await storage.WriteStateAsync("tally", id, record);
    }
}
