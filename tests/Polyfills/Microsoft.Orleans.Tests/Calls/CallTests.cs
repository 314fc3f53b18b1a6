using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.Tests.Calls;

[GenerateSerializer, Immutable]
public sealed record Order([property: Id(0)] string What, [property: Id(1)] int HowMany);

public interface IWaiterGrain : IGrainWithStringKey
{
    Task<Order> Take(Order order);

    Task<int> Sum(int a, int b, int c, int d, int e, int f, int g, int h, int i);

    ValueTask Fail(string message);

    Task<string> Wait(string gate, CancellationToken token);

    [ResponseTimeout("00:00:05")]
    Task WaitShortly(string gate);

    [OneWay]
    Task Shout(string what);

    void Drop(string what);
}

internal sealed class WaiterGrain(Stage stage) : Grain, IWaiterGrain
{
    public Task<Order> Take(Order order) => Task.FromResult(order with { HowMany = order.HowMany + 1 });

    public Task<int> Sum(int a, int b, int c, int d, int e, int f, int g, int h, int i) => Task.FromResult(a + b + c + d + e + f + g + h + i);

    public ValueTask Fail(string message) => throw new InvalidOperationException(message);

    public async Task<string> Wait(string gate, CancellationToken token)
    {
        stage.Open($"{gate} entered");
        try
        {
            await stage.Wait(gate, token);
            return "opened";
        }
        catch (OperationCanceledException)
        {
            stage.Note("cancelled in the grain");
            stage.Open("cancelled");
            throw;
        }
    }

    public Task WaitShortly(string gate) => stage.Wait(gate);

    public async Task Shout(string what)
    {
        await stage.Wait("door");
        stage.Note(what);
        stage.Open(what);
        throw new InvalidOperationException("nobody hears");
    }

    public void Drop(string what)
    {
        stage.Note(what);
        stage.Open(what);
    }
}

public sealed class CallTests
{
    [Fact]
    public async Task ArgumentsAndResultsGoThrough()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IWaiterGrain>("one");

        Assert.Equal(new Order("espresso", 2), await grain.Take(new("espresso", 1)));
        Assert.Equal(45, await grain.Sum(1, 2, 3, 4, 5, 6, 7, 8, 9));
    }

    [Fact]
    public async Task AnExceptionReachesTheCallerAsItWas()
    {
        await using var silo = await TestSilo.StartAsync();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await silo.Grains.GetGrain<IWaiterGrain>("one").Fail("no milk"));

        Assert.Equal("no milk", error.Message);
    }

    [Fact]
    public async Task AnAnswerThatTakesTooLongIsATimeout()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IWaiterGrain>("one");

        var call = grain.Wait("door", default);
        await silo.Stage.Wait("door entered");
        silo.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        silo.Clock.Advance(TimeSpan.FromSeconds(2));

        var error = await Assert.ThrowsAsync<TimeoutException>(() => call);
        Assert.Contains("IWaiterGrain.Wait of waiter/one", error.Message, StringComparison.Ordinal);
        await silo.Stage.Wait("cancelled");
    }

    [Fact]
    public async Task AMethodMaySayHowLongItsCallersWait()
    {
        await using var silo = await TestSilo.StartAsync();

        var call = silo.Grains.GetGrain<IWaiterGrain>("one").WaitShortly("door");
        silo.Clock.Advance(TimeSpan.FromSeconds(7));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        silo.Stage.Open("door");
    }

    [Fact]
    public async Task CancellingReachesTheGrainAndTheCaller()
    {
        await using var silo = await TestSilo.StartAsync();
        using var cancel = new CancellationTokenSource();

        var call = silo.Grains.GetGrain<IWaiterGrain>("one").Wait("door", cancel.Token);
        await silo.Stage.Wait("door entered");
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await silo.Stage.Wait("cancelled");
    }

    [Fact]
    public async Task ACallThatWasCancelledWhileItWaitedIsNeverMade()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IWaiterGrain>("one");
        using var cancel = new CancellationTokenSource();

        var first = grain.Wait("door", default);
        await silo.Stage.Wait("door entered");
        var second = grain.Wait("never", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        silo.Stage.Open("door");

        Assert.Equal("opened", await first);
        await grain.Take(new("tea", 1));
        Assert.Empty(silo.Stage.Log);
    }

    [Fact]
    public async Task AOneWayCallIsOverBeforeItIsMade()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IWaiterGrain>("one");

        await grain.Shout("heard");
        grain.Drop("dropped");
        Assert.DoesNotContain("heard", silo.Stage.Log);
        silo.Stage.Open("door");
        await silo.Stage.Wait("heard");
        await silo.Stage.Wait("dropped");
    }

    [Fact]
    public async Task NoCallIsTakenBeforeTheSiloHasStarted()
    {
        await using var silo = TestSilo.Build();

        await Assert.ThrowsAsync<SiloUnavailableException>(() => silo.Grains.GetGrain<IWaiterGrain>("one").Take(new("tea", 1)));
    }

    [Fact]
    public async Task ReferencesToOneGrainAreEqual()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IWaiterGrain>("one");

        Assert.Equal(grain, silo.Grains.GetGrain<IWaiterGrain>("one"));
        Assert.NotEqual(grain, silo.Grains.GetGrain<IWaiterGrain>("two"));
        Assert.Equal(GrainId.Create("waiter", "one"), grain.GetGrainId());
        Assert.Equal("one", grain.GetPrimaryKeyString());
    }

    [Fact]
    public async Task TheClusterClientIsTheGrainFactory()
    {
        await using var silo = await TestSilo.StartAsync();

        var client = silo.Host.Services.GetRequiredService<IClusterClient>();

        Assert.Equal(3, (await client.GetGrain<IWaiterGrain>("one").Take(new("tea", 2))).HowMany);
    }
}
