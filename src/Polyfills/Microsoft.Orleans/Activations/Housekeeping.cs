using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>Moves the silo's clock, ends calls that are late, and collects what is idle.</summary>
internal sealed class Housekeeping(SiloRuntime silo, IOptions<SiloMessagingOptions> messaging) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(10);

    private ITimer? _timer;
    private TimeSpan _nextCollection;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe("housekeeping", ServiceLifecycleStage.RuntimeInitialize, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken token)
    {
        var tenth = messaging.Value.ResponseTimeout / 10;
        var interval = tenth > s_longest ? s_longest : tenth < s_shortest ? s_shortest : tenth;
        _nextCollection = silo.Collection.CollectionQuantum;
        _timer = silo.Time.CreateTimer(_ => Sweep(), null, interval, interval);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken token)
    {
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }
    }

    private void Sweep()
    {
        var now = silo.Clock.Advance();
        foreach (var target in silo.Catalog.Targets())
        {
            target.Mailbox.Expire(now);
        }

        foreach (var resource in silo.Catalog.Activations.SelectMany(a => a.Resources()))
        {
            resource.OnHousekeeping(now);
        }

        if (now >= _nextCollection)
        {
            _nextCollection = now + silo.Collection.CollectionQuantum;
            silo.Catalog.Collect(now);
        }
    }
}
