using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests.Activations;

public interface IBaristaGrain : IGrainWithIntegerKey
{
    Task Brew(string gate);
}

[StatelessWorker(2)]
internal sealed class BaristaGrain(Stage stage) : Grain, IBaristaGrain
{
    public async Task Brew(string gate)
    {
        stage.Open($"{gate} entered");
        await stage.Wait(gate);
    }
}

public sealed class StatelessWorkerTests
{
    [Fact]
    public async Task AsManyWorkersAsAreBusyUpToTheLimit()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IBaristaGrain>(0);

        var brews = new[] { "a", "b", "c" }.Select(grain.Brew).ToArray();
        await silo.Stage.Wait("a entered");
        await silo.Stage.Wait("b entered");
        var active = await silo.Grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics();
        Assert.Equal(2, active.Single(s => s.GrainType == typeof(BaristaGrain).FullName).ActivationCount);
        silo.Stage.Open("b");
        silo.Stage.Open("a");
        await silo.Stage.Wait("c entered");
        silo.Stage.Open("c");

        await Task.WhenAll(brews);
    }

    [Fact]
    public async Task OneIdleWorkerDoesAllWhenNobodyWaits()
    {
        await using var silo = await TestSilo.StartAsync();
        silo.Stage.Open("a");
        for (var i = 0; i < 5; i++)
        {
            await silo.Grains.GetGrain<IBaristaGrain>(0).Brew("a");
        }

        Assert.Equal(2, await silo.Grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount());
    }
}
