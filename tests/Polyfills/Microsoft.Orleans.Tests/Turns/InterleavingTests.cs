using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Tests.Turns;

public interface IDoorGrain : IGrainWithStringKey
{
    Task Hold(string gate);

    Task<string> Ask();

    [AlwaysInterleave]
    Task<string> AskAnyTime();

    [ReadOnly]
    Task Read(string gate);
}

internal sealed class DoorGrain(Stage stage) : Grain, IDoorGrain
{
    public async Task Hold(string gate)
    {
        stage.Open($"{gate} entered");
        await stage.Wait(gate);
        stage.Note($"held {gate}");
    }

    public Task<string> Ask()
    {
        stage.Note("asked");
        return Task.FromResult("answer");
    }

    public Task<string> AskAnyTime() => Task.FromResult("answer");

    public async Task Read(string gate)
    {
        stage.Open($"{gate} read");
        await stage.Wait(gate);
    }
}

public interface IPickyGrain : IGrainWithStringKey
{
    Task Hold(string gate);

    Task<string> Ask(bool polite);
}

[MayInterleave(nameof(IsPolite))]
internal sealed class PickyGrain(Stage stage) : Grain, IPickyGrain
{
    public static bool IsPolite(IInvokable call) => call.GetMethodName() == nameof(Ask) && (bool)call.GetArgument(0)!;

    public async Task Hold(string gate)
    {
        stage.Open($"{gate} entered");
        await stage.Wait(gate);
        stage.Note("let go");
    }

    public Task<string> Ask(bool polite)
    {
        stage.Note(polite ? "polite" : "rude");
        return Task.FromResult("answer");
    }
}

public interface IEchoGrain : IGrainWithStringKey
{
    Task<int> ThereAndBack(string other, int depth, bool reentrant);
}

internal sealed class EchoGrain : Grain, IEchoGrain
{
    public async Task<int> ThereAndBack(string other, int depth, bool reentrant)
    {
        if (depth == 0)
        {
            return 0;
        }

        var partner = GrainFactory.GetGrain<IEchoGrain>(other);
        if (!reentrant)
        {
            return 1 + await partner.ThereAndBack(this.GetPrimaryKeyString(), depth - 1, reentrant);
        }

        using (RequestContext.AllowCallChainReentrancy())
        {
            return 1 + await partner.ThereAndBack(this.GetPrimaryKeyString(), depth - 1, reentrant);
        }
    }
}

public sealed class InterleavingTests
{
    [Fact]
    public async Task ACallWaitsForTheOneBeforeIt()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IDoorGrain>("one");

        var held = grain.Hold("door");
        await silo.Stage.Wait("door entered");
        var asked = grain.Ask();
        Assert.Equal("answer", await grain.AskAnyTime());
        Assert.False(asked.IsCompleted);
        silo.Stage.Open("door");
        await Task.WhenAll(held, asked);

        Assert.Equal(["held door", "asked"], silo.Stage.Log);
    }

    [Fact]
    public async Task ReadersInterleaveWithEachOtherAndNotWithWriters()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IDoorGrain>("one");

        var first = grain.Read("a");
        var second = grain.Read("b");
        await silo.Stage.Wait("a read");
        await silo.Stage.Wait("b read");
        var writer = grain.Ask();
        silo.Stage.Open("a");
        await first;
        Assert.False(writer.IsCompleted);
        silo.Stage.Open("b");
        await second;

        Assert.Equal("answer", await writer);
    }

    [Fact]
    public async Task MayInterleaveLetsInWhatItsPredicateAllows()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IPickyGrain>("one");

        var held = grain.Hold("door");
        await silo.Stage.Wait("door entered");
        var rude = grain.Ask(false);
        await grain.Ask(true);
        silo.Stage.Open("door");
        await Task.WhenAll(held, rude);

        Assert.Equal(["polite", "let go", "rude"], silo.Stage.Log);
    }

    [Fact]
    public async Task ACallChainComesBackInWhereItIsAllowed()
    {
        await using var silo = await TestSilo.StartAsync();

        Assert.Equal(5, await silo.Grains.GetGrain<IEchoGrain>("ping").ThereAndBack("pong", 5, reentrant: true));
    }

    [Fact]
    public async Task ACallChainThatComesBackOtherwiseTimesOut()
    {
        await using var silo = await TestSilo.StartAsync();

        var call = silo.Grains.GetGrain<IEchoGrain>("ping").ThereAndBack("pong", 2, reentrant: false);
        while (!call.IsCompleted)
        {
            silo.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThrowsAsync<TimeoutException>(() => call);

        // The calls in between were made a little later; without their answers the silo would wait for them when it stops.
        silo.Clock.Advance(TimeSpan.FromMinutes(1));
    }
}
