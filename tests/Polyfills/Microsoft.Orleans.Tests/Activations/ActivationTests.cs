using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Activations;

public interface ILodgerGrain : IGrainWithStringKey
{
    Task Stay();

    Task StayLonger(TimeSpan longer);

    Task Hold(string gate);
}

internal class LodgerGrain(Stage stage) : Grain, ILodgerGrain, IDisposable
{
    private string Name => this.GetPrimaryKeyString();

    public Task Stay() => Task.CompletedTask;

    public Task StayLonger(TimeSpan longer)
    {
        DelayDeactivation(longer);
        return Task.CompletedTask;
    }

    public async Task Hold(string gate)
    {
        stage.Open($"{gate} entered");
        await stage.Wait(gate);
        stage.Note($"{Name} held");
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        stage.Note($"{Name} comes");
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        stage.Note($"{Name} goes: {reason.ReasonCode}");
        stage.Open($"{Name} gone");
    }

    public void Dispose() => stage.Note($"{Name} disposed");
}

[KeepAlive]
internal sealed class ResidentGrain(Stage stage) : LodgerGrain(stage), IResidentGrain;

public interface IResidentGrain : ILodgerGrain;

[CollectionAgeLimit(Minutes = 2)]
internal sealed class VisitorGrain(Stage stage) : LodgerGrain(stage), IVisitorGrain;

public interface IVisitorGrain : ILodgerGrain;

public interface IFragileGrain : IGrainWithStringKey
{
    Task<int> Attempts();
}

internal sealed class FragileGrain(Stage stage) : Grain, IFragileGrain
{
    public Task<int> Attempts() => Task.FromResult(stage.Log.Length);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        stage.Note("attempt");
        return stage.Log.Length < 3 ? throw new InvalidOperationException($"attempt {stage.Log.Length} failed") : Task.CompletedTask;
    }
}

public sealed class ActivationTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task AnIdleActivationIsCollectedAndComesBackWhenCalled()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ILodgerGrain>("one", typeof(LodgerGrain).FullName);
        await grain.Stay();

        silo.Clock.Advance(10 * s_minute);
        await grain.Stay();
        silo.Clock.Advance(14 * s_minute);
        await grain.Stay();
        Assert.Equal(["one comes"], silo.Stage.Log);
        silo.Clock.Advance(17 * s_minute);
        await silo.Stage.Wait("one gone");
        await grain.Stay();

        Assert.Equal(["one comes", "one goes: ActivationIdle", "one disposed", "one comes"], silo.Stage.Log);
    }

    [Fact]
    public async Task AClassMaySayHowLongItStays()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Grains.GetGrain<IResidentGrain>("resident").Stay();
        await silo.Grains.GetGrain<IVisitorGrain>("visitor").Stay();

        silo.Clock.Advance(4 * s_minute);
        await silo.Stage.Wait("visitor gone");
        silo.Clock.Advance(600 * s_minute);
        await silo.Grains.GetGrain<IResidentGrain>("resident").Stay();

        Assert.Single(silo.Stage.Log, l => l == "resident comes");
    }

    [Fact]
    public async Task AGrainMayPutOffItsDeactivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IVisitorGrain>("one");
        await grain.StayLonger(30 * s_minute);

        silo.Clock.Advance(29 * s_minute);
        await grain.Stay();
        Assert.Equal(["one comes"], silo.Stage.Log);
        silo.Clock.Advance(5 * s_minute);

        await silo.Stage.Wait("one gone");
    }

    [Fact]
    public async Task AnActivationThatIsBusyIsNotCollected()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IVisitorGrain>("one");
        var held = grain.Hold("door");
        await silo.Stage.Wait("door entered");

        silo.Clock.Advance(10 * s_minute);
        await Assert.ThrowsAsync<TimeoutException>(() => held);
        silo.Stage.Open("door");
        await grain.Stay();

        Assert.Equal(["one comes", "one held"], silo.Stage.Log);
    }

    [Fact]
    public async Task StoppingTheSiloDeactivatesWhatIsActive()
    {
        var silo = await TestSilo.StartAsync();
        await silo.Grains.GetGrain<IResidentGrain>("one").Stay();
        await silo.Grains.GetGrain<IVisitorGrain>("two").Stay();

        await silo.StopAsync();

        Assert.Equal(
            ["one comes", "one disposed", "one goes: ShuttingDown", "two comes", "two disposed", "two goes: ShuttingDown"],
            silo.Stage.Log.Order());
        await Assert.ThrowsAsync<SiloUnavailableException>(() => silo.Grains.GetGrain<IResidentGrain>("one").Stay());
        await silo.DisposeAsync();
    }

    [Fact]
    public async Task StoppingTheSiloLetsARunningCallFinish()
    {
        var silo = await TestSilo.StartAsync();
        var held = silo.Grains.GetGrain<IVisitorGrain>("one").Hold("door");
        await silo.Stage.Wait("door entered");

        var stopped = silo.StopAsync();
        silo.Stage.Open("door");
        await Task.WhenAll(held, stopped);

        Assert.Equal(["one comes", "one held", "one goes: ShuttingDown", "one disposed"], silo.Stage.Log);
        await silo.DisposeAsync();
    }

    [Fact]
    public async Task AFailedActivationFailsTheCallAndTheNextCallTriesAgain()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IFragileGrain>("one");

        Assert.Equal("attempt 1 failed", (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Attempts())).Message);
        Assert.Equal("attempt 2 failed", (await Assert.ThrowsAsync<InvalidOperationException>(() => grain.Attempts())).Message);
        Assert.Equal(3, await grain.Attempts());
    }

    [Fact]
    public async Task TheManagementGrainCountsAndCollects()
    {
        await using var silo = await TestSilo.StartAsync(s => s.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromHours(9)));
        var management = silo.Grains.GetGrain<IManagementGrain>(0);
        await silo.Grains.GetGrain<ILodgerGrain>("one", typeof(LodgerGrain).FullName).Stay();

        Assert.Equal(2, await management.GetTotalActivationCount());
        Assert.Equal([GrainId.Create("lodger", "one")], await management.GetActiveGrains(GrainType.Create("lodger")));
        silo.Clock.Advance(s_minute);
        await management.ForceActivationCollection(s_minute);

        await silo.Stage.Wait("one gone");
    }

    [Fact]
    public async Task StartupTasksRunWhenGrainsCanBeCalled()
    {
        await using var silo = await TestSilo.StartAsync(s => s.AddStartupTask(
            (services, _) => services.GetRequiredService<IGrainFactory>().GetGrain<IVisitorGrain>("early").Stay()));

        Assert.Equal(["early comes"], silo.Stage.Log);
    }
}
