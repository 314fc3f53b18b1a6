using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Rewards;

namespace Rlhf.Learning.Algorithms;

/// <summary>What a policy learns from; the same for every algorithm, of which each takes what it needs. Nothing here is owned by a trainer.</summary>
/// <param name="Trunk">The frozen trunk, which is the reference, too.</param>
/// <param name="Reward">The reward model.</param>
/// <param name="Sampler">Where replies come from.</param>
/// <param name="Start">The adapter to go on from.</param>
/// <param name="Prompts">The prompts, at least one.</param>
/// <param name="Seed">Equal seeds give equal runs.</param>
public sealed record PolicyTask(
    CausalLm Trunk,
    RewardEnsemble Reward,
    IRolloutSampler Sampler,
    LoraAdapter Start,
    IReadOnlyList<RolloutPrompt> Prompts,
    ulong Seed)
{
    /// <summary>What replies earn; the reward model's score where nothing else is said.</summary>
    public RewardSum Rewards { get; init; } = RewardSum.Of(Reward);

    /// <summary>The metric that says with which KL coefficient training would go on after an iteration.</summary>
    public const string NextKlCoefficient = "objective/kl_coef_next";

    /// <summary>The adaptive KL coefficient that the training of <see cref="Start"/>'s version ended with; null where there was none.</summary>
    public double? KlCoefficient { get; init; }

    /// <summary>Replies that people have rated, oldest first.</summary>
    public IReadOnlyList<RatedRollout> Rated { get; init; } = [];

    /// <summary>Pairs of replies of which people have said which is better.</summary>
    public IReadOnlyList<ReplyPair> Pairs { get; init; } = [];
}
