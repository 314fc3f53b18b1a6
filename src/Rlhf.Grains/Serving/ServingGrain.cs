using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Rlhf.Contracts;

namespace Rlhf.Grains.Serving;

/// <inheritdoc cref="IServingGrain"/>
/// <remarks>Reentrant: while one catalogue's versions are loaded the next may come, and whoever asks is answered.</remarks>
[Reentrant]
[PreferLocalPlacement]
public sealed class ServingGrain(Replica replica, LoadedVersions loaded, RewardScoring rewards, BestOfN bestOf) : Grain, IServingGrain
{
    private long _revision = -1;

    /// <inheritdoc/>
    public async Task ServeAsync(ModelCatalog catalog, CancellationToken cancellationToken = default)
    {
        await Task.WhenAll(catalog.Versions.SelectMany(served => (Task[])[loaded.EnsureAsync(served.Version), bestOf.PrepareAsync(served.Version)]));
        if (catalog.Revision >= _revision)
        {
            _revision = catalog.Revision;
            var served = catalog.Versions.Select(version => version.Version).ToHashSet();
            loaded.KeepOnly(served);
            rewards.KeepOnly(served);
        }
    }

    /// <inheritdoc/>
    public Task<ReplicaStatus> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new ReplicaStatus([.. loaded.Names], _revision, replica.Running));
}
