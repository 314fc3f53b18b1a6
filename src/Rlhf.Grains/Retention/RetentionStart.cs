using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Retention;

/// <summary>Has the reminder of retention set as this silo's configuration says, beside everything else.</summary>
internal sealed partial class RetentionStart(IGrainFactory grains, CatalogCache catalog, TimeProvider time, ILogger<RetentionStart> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await grains.GetGrain<IRetentionGrain>(catalog.Current.Model).WakeAsync(stoppingToken);
                return;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogUnreachable(error);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reminder of retention could not be set; trying again")]
    private partial void LogUnreachable(Exception error);
}
