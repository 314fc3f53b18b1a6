using System.Collections.Concurrent;

namespace Rlhf.Grains.Tests.Cluster;

/// <summary>The system's clock, but what comes every <see cref="Every"/>, the renewals of subscriptions to the catalogue, comes when the test says so.</summary>
internal sealed class HeldRenewals : TimeProvider
{
    private readonly ConcurrentQueue<(TimerCallback Callback, object? State)> _held = new();

    /// <summary>What nothing else takes for its period.</summary>
    public static TimeSpan Every { get; } = TimeSpan.FromSeconds(433);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period != Every)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        _held.Enqueue((callback, state));
        return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets every held timer tick once.</summary>
    public void Release()
    {
        foreach (var (callback, state) in _held)
        {
            callback(state);
        }
    }
}
