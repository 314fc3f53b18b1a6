using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>Scores replies with the reward models of a model's versions, keyed by the model's name. Only processes with the role
/// learner hold it: they are the ones that have libtorch. Each of them may answer, and what it needs lies in memory once a process.</summary>
[Alias("rlhf.IRewardGrain")]
public interface IRewardGrain : IGrainWithStringKey
{
    /// <summary>Gets ready to score with a version's reward model, which then stays in memory while the version is served.</summary>
    /// <returns>Whether the version has one: the base has none.</returns>
    [Alias("Prepare")]
    Task<bool> PrepareAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>Best-of-n: scores all replies of a request together.</summary>
    /// <returns>The place of the reply with the highest score, the first of equals.</returns>
    /// <exception cref="RefusedException">The version has no reward model.</exception>
    [Alias("Best")]
    Task<int> BestAsync(ScoringRequest request, CancellationToken cancellationToken = default);

    /// <summary>How far the heads of the version's ensemble disagree on a reply: the standard deviation of their scores. One for each reply.</summary>
    /// <returns>Null where the version has no reward model, or one of a single head.</returns>
    [Alias("Disagreement")]
    Task<ImmutableArray<double>?> DisagreementAsync(ScoringRequest request, CancellationToken cancellationToken = default);
}
