using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;
using Rlhf.Contracts;
using Rlhf.Grains;

namespace Rlhf.Learner.Scoring;

/// <inheritdoc cref="IRewardGrain"/>
/// <remarks>A stateless worker: it answers in the process that asks where that one can score, and otherwise in any that can, without a
/// place in the grain directory that would have to be found anew when its silo dies. Reentrant: requests wait for the scoring thread,
/// not for each other.</remarks>
[GrainType(RoleGrains.RewardType)]
[StatelessWorker(maxLocalWorkers: 1)]
[Reentrant]
public sealed class RewardGrain(RewardModels rewards) : Grain, IRewardGrain
{
    /// <inheritdoc/>
    public Task<bool> PrepareAsync(string version, CancellationToken cancellationToken = default) => rewards.PrepareAsync(version, cancellationToken);

    /// <inheritdoc/>
    public Task<int> BestAsync(ScoringRequest request, CancellationToken cancellationToken = default) => rewards.BestAsync(request, cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<double>?> DisagreementAsync(ScoringRequest request, CancellationToken cancellationToken = default) => rewards.DisagreementAsync(request, cancellationToken);
}
