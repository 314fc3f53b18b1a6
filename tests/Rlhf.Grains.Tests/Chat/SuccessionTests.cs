using Rlhf.Contracts;
using Rlhf.Grains.Chat;

namespace Rlhf.Grains.Tests.Chat;

public sealed class SuccessionTests
{
    [Fact]
    public async Task Who_waits_too_long_is_told_so_and_lets_nobody_pass()
    {
        var time = new TimersOnDemand();
        var succession = new Succession(time);
        var first = await succession.EnterAsync("a", CancellationToken.None);
        var second = succession.EnterAsync("b", CancellationToken.None);
        time.FireAll();
        var refused = await Assert.ThrowsAsync<RefusedException>(() => second);
        Assert.Equal(Refusal.Conflict, refused.Refusal);

        var third = succession.EnterAsync("c", CancellationToken.None);
        Assert.False(third.IsCompleted);
        first.Dispose();
        (await third).Dispose();
        (await succession.EnterAsync(null, CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task A_request_sent_again_takes_its_own_place_behind_those_before_it()
    {
        var succession = new Succession(TimeProvider.System);
        var first = await succession.EnterAsync("a", CancellationToken.None);
        var waiting = succession.EnterAsync("b", CancellationToken.None);
        var again = succession.EnterAsync("b", CancellationToken.None);
        Assert.False(again.IsCompleted);
        first.Dispose();
        await again;
        (await waiting).Dispose();
    }

    /// <summary>Timers that end when the test says so.</summary>
    private sealed class TimersOnDemand : TimeProvider
    {
        private readonly List<Action> _started = [];

        public void FireAll() => _started.ForEach(fire => fire());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _started.Add(() => callback(state));
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
