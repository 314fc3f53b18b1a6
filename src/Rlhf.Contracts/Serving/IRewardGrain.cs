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
}
