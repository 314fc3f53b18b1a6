using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>One reminder while the silo runs: ticks on the grid that its first tick and its period make.</summary>
internal sealed class LocalReminder : IDisposable
{
    /// <summary>Timers don't reach further; a longer wait is made of several.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(30);

    private readonly SiloRuntime _silo;
    private readonly ReminderEntry _entry;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private DateTime _next;
    private bool _disposed;

    public LocalReminder(SiloRuntime silo, ReminderEntry entry, ILogger logger)
    {
        _silo = silo;
        _entry = entry;
        _logger = logger;
        _next = FirstTick(Now);
        _timer = silo.Time.CreateTimer(static r => ((LocalReminder)r!).Elapsed(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Arm();
    }

    public string? ETag => _entry.ETag;

    private DateTime Now => _silo.Time.GetUtcNow().UtcDateTime;

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer.Dispose();
        }
    }

    private void Elapsed()
    {
        if (Now < _next)
        {
            Arm();
            return;
        }

        _ = TickAsync();
    }

    private async Task TickAsync()
    {
        try
        {
            await _silo.Factory.GetGrain<IRemindable>(_entry.GrainId)
                .ReceiveReminder(_entry.ReminderName, new TickStatus(_entry.StartAt, _entry.Period, Now));
        }
        catch (Exception error)
        {
            _logger.LogError(error, "Reminder \"{Reminder}\" of {Grain} failed; it will tick again.", _entry.ReminderName, _entry.GrainId);
        }

        _next = TickAfter(_next, Now);
        Arm();
    }

    /// <summary>The first tick that is not past: those that were missed while the process was down are not made up for.</summary>
    private DateTime FirstTick(DateTime now) =>
        now <= _entry.StartAt ? _entry.StartAt : TickAfter(LatestTick(now.AddTicks(-1)), now);

    /// <summary>The tick after the last one; of those that came due while the last one took its time, the latest.</summary>
    private DateTime TickAfter(DateTime last, DateTime now) => LatestTick(now) is var latest && latest > last ? latest : last + _entry.Period;

    private DateTime LatestTick(DateTime now) =>
        _entry.StartAt + _entry.Period * Math.Floor((now - _entry.StartAt) / _entry.Period);

    private void Arm()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                var wait = _next - Now;
                _timer.Change(
                    wait < TimeSpan.Zero ? TimeSpan.Zero : wait > s_longestWait ? s_longestWait : wait, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
