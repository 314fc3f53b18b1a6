using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Webhooks;

/// <summary>Wakes the endpoints' grains at the start, before anybody may give feedback, and every now and then: a grain whose silo died is called back to life by somebody's call.</summary>
internal sealed partial class WebhookStart(IGrainFactory grains, CatalogCache catalog, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookStart> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await WakeAllAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Endpoints.Count == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await WakeAllAsync(stoppingToken);
        }
    }

    private async Task WakeAllAsync(CancellationToken cancellationToken)
    {
        foreach (var endpoint in options.Value.Endpoints)
        {
            try
            {
                await grains.Webhook(catalog.Current.Model, endpoint).WakeAsync(cancellationToken);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                LogUnreachable(error, endpoint.Key);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {Name} could not be woken; trying again")]
    private partial void LogUnreachable(Exception error, string name);
}
