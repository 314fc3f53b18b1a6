using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Versions;

/// <summary>Keeps this process's <see cref="CatalogCache"/> up to date: the catalogue pushes every change, and because
/// observers are not durable each renewal of the subscription also pulls. Only a process that serves is a replica and
/// loads what the catalogue names; a client of the silos knows no base version to compare.</summary>
internal sealed partial class CatalogSubscription(
    IGrainFactory grains,
    CatalogCache cache,
    IOptions<VersionOptions> options,
    TimeProvider time,
    ILogger<CatalogSubscription> log,
    Replica? replica = null,
    BaseVersion? trunk = null) : BackgroundService, IModelCatalogObserver
{
    private IModelCatalogObserver? _reference;

    /// <summary>The host takes requests only after this: the live version is known and loaded by then.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _reference = grains.CreateObjectReference<IModelCatalogObserver>(this);
        await RenewAsync();
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Loads first and then goes by it, so that no request is sent to a version that is not there yet.</summary>
    public async Task ChangedAsync(ModelCatalog catalog)
    {
        if (catalog.Revision > cache.Current.Revision)
        {
            if (replica is not null)
            {
                catalog = catalog.Without(await grains.GetGrain<IServingGrain>(replica.Id).ServeAsync(catalog));
            }

            if (cache.IsReady)
            {
                LogServing(catalog.Model, catalog.Live, catalog.Revision); // the first is no news: the host greets with it
            }

            cache.Adopt(catalog);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RefreshEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RenewAsync();
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogMissed(error);
            }
        }
    }

    private async Task RenewAsync()
    {
        var catalog = await grains.GetGrain<IModelCatalogGrain>(cache.Current.Model).SubscribeAsync(_reference!);
        if (trunk is not null && catalog.Trunk != trunk.Lineage.Model)
        {
            throw new RefusedException(
                Refusal.Conflict,
                $"The versions in this data folder were trained on another base model (fingerprint {catalog.Trunk[..12]}…, this one's is {trunk.Lineage.Model[..12]}…). Name that model with --model, or a fresh data folder with --data.");
        }

        await ChangedAsync(catalog);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Model}: {Version} is live (catalogue revision {Revision})")]
    private partial void LogServing(string model, string version, long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The catalogue could not be reached; going on with what is known")]
    private partial void LogMissed(Exception error);
}
