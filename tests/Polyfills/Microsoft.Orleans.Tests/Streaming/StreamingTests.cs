using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Orleans.Tests.Streaming;

public interface ISpringGrain : IGrainWithStringKey
{
    IAsyncEnumerable<int> Count(int to);

    IAsyncEnumerable<int> Drip(CancellationToken token);

    IAsyncEnumerable<int> Burst(int to, int failAt);

    Task<string> Ask();

    Task Go();
}

internal sealed class SpringGrain(Stage stage) : Grain, ISpringGrain
{
    public async IAsyncEnumerable<int> Count(int to)
    {
        for (var i = 1; i <= to; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    public async IAsyncEnumerable<int> Drip([EnumeratorCancellation] CancellationToken token)
    {
        var home = TaskScheduler.Current;
        try
        {
            for (var i = 1; ; i++)
            {
                await stage.Wait($"drop {i}", token);
                yield return i;
            }
        }
        finally
        {
            stage.Note(TaskScheduler.Current == home ? "freed at home" : "freed elsewhere");
            stage.Open("freed");
        }
    }

    public async IAsyncEnumerable<int> Burst(int to, int failAt)
    {
        await Task.CompletedTask;
        for (var i = 1; i <= to; i++)
        {
            stage.Note($"made {i}");
            if (i == failAt)
            {
                throw new InvalidOperationException($"failed at {i}");
            }

            yield return i;
        }
    }

    public Task<string> Ask() => Task.FromResult("answer");

    public Task Go()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public sealed class StreamingTests
{
    [Fact]
    public async Task AStreamBringsEveryItemInOrder()
    {
        await using var silo = await TestSilo.StartAsync();
        var items = new List<int>();

        await foreach (var item in silo.Grains.GetGrain<ISpringGrain>("one").Count(250))
        {
            items.Add(item);
        }

        Assert.Equal(Enumerable.Range(1, 250), items);
    }

    [Fact]
    public async Task TheGrainAnswersOtherCallsWhileItStreams()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ISpringGrain>("one");
        await using var drops = grain.Drip(default).GetAsyncEnumerator();

        var first = drops.MoveNextAsync();
        Assert.Equal("answer", await grain.Ask());
        silo.Stage.Open("drop 1");

        Assert.True(await first);
        Assert.Equal(1, drops.Current);
    }

    [Fact]
    public async Task CancellingFreesTheStreamAtOnce()
    {
        await using var silo = await TestSilo.StartAsync();
        using var cancel = new CancellationTokenSource();
        await using var drops = silo.Grains.GetGrain<ISpringGrain>("one").Drip(cancel.Token).GetAsyncEnumerator(cancel.Token);
        silo.Stage.Open("drop 1");
        Assert.True(await drops.MoveNextAsync());

        var second = drops.MoveNextAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await second);
        await silo.Stage.Wait("freed");
        Assert.Equal(["freed at home"], silo.Stage.Log);
    }

    [Fact]
    public async Task LeavingTheLoopFreesTheStream()
    {
        await using var silo = await TestSilo.StartAsync();
        silo.Stage.Open("drop 1");

        await foreach (var drop in silo.Grains.GetGrain<ISpringGrain>("one").Drip(default))
        {
            Assert.Equal(1, drop);
            break;
        }

        Assert.Equal(["freed at home"], silo.Stage.Log);
    }

    [Fact]
    public async Task AnAbandonedStreamIsFreedAfterAWhile()
    {
        await using var silo = await TestSilo.StartAsync();
        silo.Stage.Open("drop 1");
        var drops = silo.Grains.GetGrain<ISpringGrain>("one").Drip(default).GetAsyncEnumerator();
        Assert.True(await drops.MoveNextAsync());

        silo.Clock.Advance(TimeSpan.FromMinutes(2));

        await silo.Stage.Wait("freed");
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await drops.MoveNextAsync());
    }

    [Fact]
    public async Task ASilentStreamDoesNotTimeOut()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ISpringGrain>("one");
        await using var drops = grain.Drip(default).GetAsyncEnumerator();

        var first = drops.MoveNextAsync();
        await grain.Ask();
        silo.Clock.Advance(TimeSpan.FromMinutes(10));
        silo.Stage.Open("drop 1");

        Assert.True(await first);
    }

    [Fact]
    public async Task AStreamEndsWithItsActivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ISpringGrain>("one");
        await using var drops = grain.Drip(default).GetAsyncEnumerator();
        silo.Stage.Open("drop 1");
        Assert.True(await drops.MoveNextAsync());

        await grain.Go();
        await silo.Stage.Wait("freed");

        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await drops.MoveNextAsync());
    }

    [Fact]
    public async Task AnErrorReachesTheCallerAfterTheItemsBeforeIt()
    {
        await using var silo = await TestSilo.StartAsync();
        var items = new List<int>();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var item in silo.Grains.GetGrain<ISpringGrain>("one").Burst(10, failAt: 4).WithBatchSize(1))
            {
                items.Add(item);
            }
        });

        Assert.Equal("failed at 4", error.Message);
        Assert.Equal([1, 2, 3], items);
    }

    [Fact]
    public async Task BatchesAreNoLargerThanAskedFor()
    {
        await using var silo = await TestSilo.StartAsync();
        await using var items = silo.Grains.GetGrain<ISpringGrain>("one").Burst(10, failAt: 0).WithBatchSize(2).GetAsyncEnumerator();

        Assert.True(await items.MoveNextAsync());

        Assert.Equal(["made 1", "made 2"], silo.Stage.Log);
    }
}
