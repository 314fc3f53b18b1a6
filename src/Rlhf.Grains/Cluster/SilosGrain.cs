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
        Task.FromResult(silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(silo => silo.ToString()).ToImmutableArray());
}
