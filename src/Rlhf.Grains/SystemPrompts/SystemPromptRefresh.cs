using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.SystemPrompts;

/// <summary>Keeps this silo's <see cref="SystemPromptCache"/> up to date, as often as it renews its subscription to the catalogue.</summary>
internal sealed partial class SystemPromptRefresh(
    IGrainFactory grains, CatalogCache catalog, SystemPromptCache cache, IOptions<VersionOptions> options, TimeProvider time, ILogger<SystemPromptRefresh> log) : BackgroundService
{
    /// <summary>No reply is drawn before the prompt is known.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RefreshEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync();
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogMissed(error);
            }
        }
    }

    private async Task RefreshAsync() => cache.Adopt(await grains.GetGrain<ISystemPromptGrain>(catalog.Current.Model).GetActiveAsync());

    [LoggerMessage(Level = LogLevel.Warning, Message = "The system prompt could not be looked up; going on with the one that is known")]
    private partial void LogMissed(Exception error);
}
