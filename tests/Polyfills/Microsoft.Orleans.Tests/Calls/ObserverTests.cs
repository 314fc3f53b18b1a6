using Orleans.Runtime;

namespace Orleans.Tests.Calls;

public interface INewsObserver : IGrainObserver
{
    Task<string> Heard(string news);
}

public interface INewsGrain : IGrainWithStringKey
{
    Task Subscribe(INewsObserver observer);

    Task<string[]> Publish(string news);

    Task<string> SubscribeYourself();
}

internal sealed class NewsGrain : Grain, INewsGrain
{
    private readonly HashSet<INewsObserver> _observers = [];

    public Task Subscribe(INewsObserver observer)
    {
        _observers.Add(observer);
        return Task.CompletedTask;
    }

    public Task<string[]> Publish(string news) => Task.WhenAll(_observers.Select(o => o.Heard(news)));

    public Task<string> SubscribeYourself() => Task.FromResult(
        Assert.Throws<InvalidOperationException>(() => GrainFactory.CreateObjectReference<INewsObserver>(new Listener("inside"))).Message);
}

internal sealed class Listener(string name) : INewsObserver
{
    public Task<string> Heard(string news) => Task.FromResult($"{name} heard {news}");
}

public sealed class ObserverTests
{
    [Fact]
    public async Task GrainsCallObserversByReference()
    {
        await using var silo = await TestSilo.StartAsync();
        var listener = new Listener("ann");
        var reference = silo.Grains.CreateObjectReference<INewsObserver>(listener);
        var grain = silo.Grains.GetGrain<INewsGrain>("one");

        await grain.Subscribe(reference);
        await grain.Subscribe(reference);

        Assert.Equal(["ann heard snow"], await grain.Publish("snow"));
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task ADeletedReferenceAnswersNoMore()
    {
        await using var silo = await TestSilo.StartAsync();
        var listener = new Listener("ann");
        var reference = silo.Grains.CreateObjectReference<INewsObserver>(listener);
        var grain = silo.Grains.GetGrain<INewsGrain>("one");
        await grain.Subscribe(reference);

        silo.Grains.DeleteObjectReference<INewsObserver>(reference);

        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Publish("snow"));
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task OnlyCodeOutsideOfGrainsMakesObserverReferences()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.Contains("news/one", await silo.Grains.GetGrain<INewsGrain>("one").SubscribeYourself(), StringComparison.Ordinal);
    }
}
