using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Serving;

/// <inheritdoc cref="IServingGrain"/>
/// <remarks>Reentrant: while one catalogue's versions are loaded the next may come, and whoever asks is answered.</remarks>
[Reentrant]
[PreferLocalPlacement]
public sealed partial class ServingGrain(Replica replica, LoadedVersions loaded, RewardScoring rewards, BestOfN bestOf, ILogger<ServingGrain> log) : Grain, IServingGrain
{
    private long _revision = -1;

    /// <inheritdoc/>
    public async Task<ImmutableArray<string>> ServeAsync(ModelCatalog catalog, CancellationToken cancellationToken = default)
    {
        var missing = await Task.WhenAll(catalog.Versions.Select(served => MissesAsync(served.Version)));
        if (catalog.Revision >= _revision)
        {
            _revision = catalog.Revision;
            var served = catalog.Versions.Select(version => version.Version).ToHashSet();
            loaded.KeepOnly(served);
            rewards.KeepOnly(served);
        }

        return [.. missing.OfType<string>()];
    }

    /// <summary>Loads a version; the version again where that can't be done however often it is tried. A store that does not answer is no such case.</summary>
    private async Task<string?> MissesAsync(string version)
    {
        try
        {
            await Task.WhenAll(loaded.EnsureAsync(version), bestOf.PrepareAsync(version));
            return null;
        }
        catch (Exception error) when (error is StorageDamagedException or RefusedException { Refusal: Refusal.NotFound } or InvalidDataException)
        {
            LogDamaged(version, error.Message);
            return version;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Version {Version} is set aside and answers nobody here: {Reason}")]
    private partial void LogDamaged(string version, string reason);

    /// <inheritdoc/>
    public Task<ReplicaStatus> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new ReplicaStatus([.. loaded.Names], _revision, replica.Running));
}
