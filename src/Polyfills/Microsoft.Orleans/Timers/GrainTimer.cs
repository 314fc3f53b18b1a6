using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>One timer of one activation. The next tick is counted from the end of the one before, so ticks never pile up.</summary>
internal sealed class GrainTimer<TState> : MailboxEntry, IGrainTimer, IActivationResource
{
    private readonly Activation _activation;
    private readonly Func<TState, CancellationToken, Task> _callback;
    private readonly TState _state;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private TimeSpan _period;
    private bool _ticking;
    private TimeSpan? _changedDueTime;

    public GrainTimer(
        Activation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _state = state;
        _options = options;
        _period = options.Period;
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            _timer = activation.Silo.Time.CreateTimer(
                static timer => ((GrainTimer<TState>)timer!).Elapsed(), this, options.DueTime, Timeout.InfiniteTimeSpan);
        }

        if (!activation.TryAdd(this))
        {
            Dispose();
        }
    }

    public override bool AlwaysInterleave => _options.Interleave;

    public override bool KeepsAlive => _options.KeepAlive;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _period = period;
            if (_ticking)
            {
                _changedDueTime = dueTime;
            }
            else
            {
                Arm(dueTime);
            }
        }
    }

    public override void Run(CallTarget target) => _ = TickAsync();

    public override void Reject(Exception error)
    {
    }

    public override void Forward()
    {
    }

    public void OnDeactivating() => Dispose();

    public void OnHousekeeping(TimeSpan now)
    {
    }

    public void Dispose()
    {
        _activation.Remove(this);
        _timer.Dispose();
        if (!_disposed.IsCancellationRequested)
        {
            _disposed.Cancel();
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private void Elapsed()
    {
        lock (_gate)
        {
            if (_ticking || _disposed.IsCancellationRequested)
            {
                return;
            }

            _ticking = true;
        }

        _activation.TryPost(this);
    }

    private async Task TickAsync()
    {
        try
        {
            if (!_disposed.IsCancellationRequested)
            {
                await _callback(_state, _disposed.Token);
            }
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            // The activation goes, and the callback has noticed.
        }
        catch (Exception error)
        {
            _activation.Silo.Logger.LogError(error, "A timer of {Grain} failed.", _activation.GrainId);
        }

        lock (_gate)
        {
            _ticking = false;
            Arm(_changedDueTime ?? _period);
            _changedDueTime = null;
        }

        _activation.Mailbox.Finished(this);
    }

    private void Arm(TimeSpan dueTime)
    {
        if (!_disposed.IsCancellationRequested)
        {
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }
}
