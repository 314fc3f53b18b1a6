using Orleans.Runtime;

namespace Orleans.Tests.Timers;

public interface IClockworkGrain : IGrainWithStringKey
{
    Task Start(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive);

    Task Hold(string gate);

    Task Stop();

    Task Go();

    Task<int> Ticks();
}

internal sealed class ClockworkGrain(Stage stage) : Grain, IClockworkGrain
{
    private IGrainTimer? _timer;
    private int _ticks;

    public Task Start(TimeSpan due, TimeSpan period, bool interleave, bool keepAlive)
    {
        _timer = this.RegisterGrainTimer(
            _ =>
            {
                stage.Note($"tick {++_ticks} {(TaskScheduler.Current == TaskScheduler.Default ? "outside" : "inside")}");
                stage.Open($"tick {_ticks}");
                return Task.CompletedTask;
            },
            new() { DueTime = due, Period = period, Interleave = interleave, KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public async Task Hold(string gate)
    {
        stage.Open($"{gate} entered");
        await stage.Wait(gate);
        stage.Note("let go");
    }

    public Task Stop()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task Go()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        stage.Open("gone");
        return Task.CompletedTask;
    }
}

public sealed class TimerTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task ATimerTicksInTurnsOfItsGrain()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IClockworkGrain>("one");
        await grain.Start(s_second, 2 * s_second, interleave: false, keepAlive: false);

        silo.Clock.Advance(s_second);
        await silo.Stage.Wait("tick 1");
        Assert.Equal(1, await grain.Ticks());
        silo.Clock.Advance(s_second);
        Assert.Equal(1, await grain.Ticks());
        silo.Clock.Advance(s_second);
        await silo.Stage.Wait("tick 2");

        Assert.Equal(["tick 1 inside", "tick 2 inside"], silo.Stage.Log);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATickWaitsForARunningCallUnlessItInterleaves(bool interleave)
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IClockworkGrain>("one");
        await grain.Start(s_second, Timeout.InfiniteTimeSpan, interleave, keepAlive: false);

        var held = grain.Hold("door");
        await silo.Stage.Wait("door entered");
        silo.Clock.Advance(s_second);
        if (interleave)
        {
            await silo.Stage.Wait("tick 1");
        }

        silo.Stage.Open("door");
        await held;
        await silo.Stage.Wait("tick 1");

        Assert.Equal(interleave ? ["tick 1 inside", "let go"] : ["let go", "tick 1 inside"], silo.Stage.Log);
    }

    [Fact]
    public async Task ADisposedTimerTicksNoMore()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IClockworkGrain>("one");
        await grain.Start(s_second, s_second, interleave: false, keepAlive: false);

        await grain.Stop();
        silo.Clock.Advance(5 * s_second);

        Assert.Equal(0, await grain.Ticks());
    }

    [Fact]
    public async Task TimersGoWithTheirActivation()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IClockworkGrain>("one");
        await grain.Start(s_second, s_second, interleave: false, keepAlive: false);

        await grain.Go();
        await silo.Stage.Wait("gone");
        silo.Clock.Advance(5 * s_second);

        Assert.Equal(0, await grain.Ticks());
        Assert.Empty(silo.Stage.Log);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 25)]
    public async Task TicksKeepAnActivationOnlyIfToldTo(bool keepAlive, int ticksLeft)
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<IClockworkGrain>("one");
        await grain.Start(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), interleave: false, keepAlive);

        var gone = silo.Stage.Wait("gone");
        for (var minute = 1; minute <= 25 && !gone.IsCompleted; minute++)
        {
            silo.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(gone, silo.Stage.Wait($"tick {minute}"));
        }

        Assert.NotEqual(keepAlive, gone.IsCompleted);
        Assert.Equal(ticksLeft, await grain.Ticks());
    }
}
