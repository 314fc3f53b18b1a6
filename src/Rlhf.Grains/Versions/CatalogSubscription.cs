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
    private Task _loading = Task.CompletedTask;
    private long _loaded = -1;

    /// <summary>The host takes requests only after this: the live version is known and loaded by then.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        _reference = grains.CreateObjectReference<IModelCatalogObserver>(this);
        await ChangedAsync(await PullAsync());
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Goes at once by what the catalogue says of the versions that are here, so that one that was taken back answers nobody any more however long
    /// another takes to load; loads the others, and then goes by all of it, so that no request is sent to a version that is not there yet.</summary>
    public Task ChangedAsync(ModelCatalog catalog)
    {
        Heed(catalog);
        return LoadAsync(catalog);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RefreshEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var catalog = await PullAsync();
                Heed(catalog);
                if (_loading.IsCompleted)
                {
                    _loading = LoggedAsync(LoadAsync(catalog)); // the next pull does not wait for it
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogMissed(error);
            }
        }
    }

    private void Heed(ModelCatalog catalog)
    {
        if (cache.IsReady)
        {
            cache.Adopt(catalog.Without([.. catalog.Versions.Select(served => served.Version).Where(version => !cache.Current.Serves(version))]));
        }
    }

    private async Task LoadAsync(ModelCatalog catalog)
    {
        if (catalog.Revision <= Volatile.Read(ref _loaded))
        {
            return;
        }

        var whole = replica is null ? catalog : catalog.Without(await grains.GetGrain<IServingGrain>(replica.Id).ServeAsync(catalog));
        if (catalog.Revision > Volatile.Read(ref _loaded))
        {
            Volatile.Write(ref _loaded, catalog.Revision);
            if (cache.IsReady)
            {
                LogServing(whole.Model, whole.Live, whole.Revision); // the first is no news: the host greets with it
            }
        }

        cache.Adopt(whole);
    }

    private async Task LoggedAsync(Task loading)
    {
        try
        {
            await loading;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogMissed(error);
        }
    }

    private async Task<ModelCatalog> PullAsync()
    {
        var catalog = await grains.GetGrain<IModelCatalogGrain>(cache.Current.Model).SubscribeAsync(_reference!);
        return trunk is null || catalog.Trunk == trunk.Lineage.Model ? catalog : throw new RefusedException(
            Refusal.Conflict,
            $"The versions in this data folder were trained on another base model (fingerprint {catalog.Trunk[..12]}…, this one's is {trunk.Lineage.Model[..12]}…). Name that model with --model, or a fresh data folder with --data.");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving {Model}: {Version} is live (catalogue revision {Revision})")]
    private partial void LogServing(string model, string version, long revision);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The catalogue could not be reached; going on with what is known")]
    private partial void LogMissed(Exception error);
}
