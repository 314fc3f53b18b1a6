using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;
using Rlhf.Contracts;

namespace Rlhf.Grains.Cluster;

/// <inheritdoc cref="ISilosGrain"/>
[StatelessWorker]
public sealed class SilosGrain(ISiloStatusOracle silos) : Grain, ISilosGrain
{
    /// <inheritdoc/>
    public Task<ImmutableArray<string>> GetAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(silos.GetApproximateSiloStatuses(onlyActive: false).Where(silo => IsUp(silo.Value)).Select(silo => silo.Key.ToString()).ToImmutableArray());

    /// <summary>Whether a silo answers. One that is about to end finishes what it took, and only its end is a reason not to wait for it any more.</summary>
    /// <param name="status">What the membership says of it.</param>
    public static bool IsUp(SiloStatus status) => status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping;
}
