using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>Starts its observers stage by stage and stops in reverse those stages that were reached.</summary>
internal sealed class StagedLifecycle(ILogger logger) : ISiloLifecycle, IGrainLifecycle
{
    private readonly List<Subscription> _subscriptions = [];

    public int HighestCompletedStage { get; private set; } = int.MinValue;

    public int LowestStoppedStage { get; private set; } = int.MaxValue;

    private int _reachedStage = int.MinValue;

    public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = new Subscription(this, observerName, stage, observer);
        lock (_subscriptions)
        {
            _subscriptions.Add(subscription);
        }

        return subscription;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var stage in Stages().OrderBy(s => s.Key))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _reachedStage = stage.Key;
            await Task.WhenAll(stage.Select(s => s.Observer.OnStart(cancellationToken)));
            HighestCompletedStage = stage.Key;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var stage in Stages().Where(s => s.Key <= _reachedStage).OrderByDescending(s => s.Key))
        {
            await Task.WhenAll(stage.Select(s => StopAsync(s, cancellationToken)));
            LowestStoppedStage = stage.Key;
        }
    }

    private async Task StopAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        try
        {
            await subscription.Observer.OnStop(cancellationToken);
        }
        catch (Exception error)
        {
            // One that can't stop must not keep the others from stopping.
            logger.LogError(error, "{Observer} failed to stop at stage {Stage}.", subscription.Name, subscription.Stage);
        }
    }

    private IEnumerable<IGrouping<int, Subscription>> Stages()
    {
        lock (_subscriptions)
        {
            return _subscriptions.ToArray().GroupBy(s => s.Stage);
        }
    }

    private sealed record Subscription(StagedLifecycle Owner, string Name, int Stage, ILifecycleObserver Observer) : IDisposable
    {
        public void Dispose()
        {
            lock (Owner._subscriptions)
            {
                Owner._subscriptions.RemoveAll(s => ReferenceEquals(s, this));
            }
        }
    }
}
