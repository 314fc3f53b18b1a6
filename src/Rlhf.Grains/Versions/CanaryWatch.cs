using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Versions;

/// <summary>Has it looked again and again whether the canary is decided, for as long as a silo lives.</summary>
/// <remarks>Each look tells how this silo's replies went, all of them again, so that none has to have arrived.</remarks>
internal sealed partial class CanaryWatch(
    IGrainFactory grains,
    CatalogCache catalog,
    IOptions<VersionOptions> options,
    TimeProvider time,
    ILogger<CanaryWatch> log,
    Replica? replica = null,
    ReplyFigures? figures = null) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.DecideEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await grains.GetGrain<ICanaryGrain>(catalog.Current.Model).DecideAsync(Served(), stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotLooked(error);
            }
        }
    }

    private ServedFigures? Served() => replica is null || figures is null ? null : new ServedFigures(replica.Id, figures.Read());

    [LoggerMessage(Level = LogLevel.Warning, Message = "It could not be looked whether the canary is decided; trying again")]
    private partial void LogNotLooked(Exception error);
}
