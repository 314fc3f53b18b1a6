namespace Orleans.Tests.Turns;

public interface IOverlapGrain : IGrainWithStringKey
{
    Task Step(int yields);

    ValueTask<(int Steps, int MostAtOnce)> Report();
}

internal sealed class OverlapGrain : Grain, IOverlapGrain
{
    private int _steps;
    private int _inside;
    private int _most;

    public async Task Step(int yields)
    {
        for (var i = 0; i <= yields; i++)
        {
            // Not atomic on purpose: if two turns overlapped, one of them would be seen here.
            _inside++;
            _most = Math.Max(_most, _inside);
            _steps++;
            Thread.SpinWait(20);
            _inside--;
            await Task.Yield();
        }
    }

    public ValueTask<(int Steps, int MostAtOnce)> Report() => new((_steps, _most));
}

[Concurrency.Reentrant]
internal sealed class ReentrantOverlapGrain(Stage stage) : Grain, IReentrantOverlapGrain
{
    private int _waiting;

    public async Task Meet(int guests)
    {
        if (++_waiting == guests)
        {
            stage.Open("all met");
        }

        await stage.Wait("all met");
    }
}

public interface IReentrantOverlapGrain : IGrainWithStringKey
{
    Task Meet(int guests);
}

public interface ISchedulerGrain : IGrainWithStringKey
{
    Task<bool[]> StaysAtHome();

    Task<int> AfterThePool();
}

internal sealed class SchedulerGrain : Grain, ISchedulerGrain
{
    public async Task<bool[]> StaysAtHome()
    {
        var home = TaskScheduler.Current;
        await Task.Yield();
        var afterYield = TaskScheduler.Current == home;
        await Task.Run(() => Thread.SpinWait(1000));
        var afterPool = TaskScheduler.Current == home;
        var child = await Task.Factory.StartNew(() => TaskScheduler.Current == home);
        return [home != TaskScheduler.Default, afterYield, afterPool, child];
    }

    public async Task<int> AfterThePool()
    {
        var count = 0;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            await Task.Run(() => { });
            count++;
        }));
        return count;
    }
}

public sealed class TurnTests
{
    [Fact]
    public async Task TurnsOfOneActivationNeverOverlap()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IOverlapGrain>("one");

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => grain.Step(i % 5))));

        Assert.Equal((200 + 40 * (0 + 1 + 2 + 3 + 4), 1), await grain.Report());
    }

    [Fact]
    public async Task ContinuationsComeBackToTheActivationsScheduler()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.All(await silo.Grains.GetGrain<ISchedulerGrain>("one").StaysAtHome(), Assert.True);
    }

    [Fact]
    public async Task ConcurrentContinuationsInsideOneCallTakeTurns()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.Equal(50, await silo.Grains.GetGrain<ISchedulerGrain>("one").AfterThePool());
    }

    [Fact]
    public async Task CallsOfAReentrantGrainInterleaveAtAwaits()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IReentrantOverlapGrain>("one");

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => grain.Meet(3)));
    }

    [Fact]
    public async Task ManyActivationsRunSideBySide()
    {
        await using var silo = await TestSilo.StartAsync();
        var grains = Enumerable.Range(0, 100).Select(i => silo.Grains.GetGrain<IOverlapGrain>($"g{i}")).ToArray();

        await Task.WhenAll(grains.SelectMany(g => Enumerable.Range(0, 10).Select(_ => g.Step(1))));

        foreach (var grain in grains)
        {
            Assert.Equal((20, 1), await grain.Report());
        }
    }
}
