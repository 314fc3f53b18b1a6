using Rlhf.Inference;
using Rlhf.Learning.Rewards;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Collects the experiences of an iteration: the policy's own replies, scored by the components of the reward, and, where the options ask for them, rated
/// replies of earlier versions. For those the score also carries what the rater said.
/// </summary>
internal sealed class RolloutCollector(PolicyTask task, OnPolicyOptions options, int repliesPerPrompt)
{
    private readonly PromptOrder _prompts = new(task.Prompts, task.Seed);

    private readonly RatedRollout[] _rated =
    [
        .. task.Rated.Where(rated => rated.Rollout.Reply.Length > 0 && rated.Rollout.EngineLogProbs.Length == rated.Rollout.Reply.Length),
    ];

    /// <summary>The components of the last iteration's rewards, by their metrics' names.</summary>
    public IReadOnlyDictionary<string, double> Components { get; private set; } = new Dictionary<string, double>();

    /// <summary>Samples and scores. Replies whose score is NaN or infinity are dropped and counted; the others come in the random order in which minibatches
    /// take them.</summary>
    /// <exception cref="NonFiniteTrainingException">No reply has a finite score.</exception>
    public Experience[] Collect(TrainedPolicy policy, CancellationToken cancellationToken)
    {
        var iteration = policy.Iteration;
        var count = Math.Max(1, options.Rollouts / repliesPerPrompt);
        RolloutPrompt[] prompts = [.. _prompts.Take(iteration * count, count).SelectMany(prompt => Enumerable.Repeat(prompt, repliesPerPrompt))];
        var own = task.Sampler.Sample(policy.ToAdapter(), prompts, SeededRandom.Hash(task.Seed, $"iteration {iteration}"), cancellationToken);
        var rated = TakeRated(iteration);
        RewardedReply[] replies =
        [
            .. own.Select((rollout, i) => Rewarded(rollout, i / repliesPerPrompt)),
            .. rated.Select((reply, i) => Rewarded(reply.Rollout, count + i)),
        ];
        (var scores, Components) = task.Rewards.Score(replies, own.Count, cancellationToken);
        Experience[] scored =
        [
            .. own.Select((rollout, i) => new Experience(rollout, i / repliesPerPrompt, Score(rollout, scores[i]))),
            .. rated.Select((reply, i) => new Experience(reply.Rollout, count + i, Score(reply.Rollout, scores[own.Count + i] + Thumb(reply))) { FromOtherVersion = true }),
        ];
        Experience[] finite = [.. scored.Where(experience => double.IsFinite(experience.Score))];
        policy.Guard.CountDroppedScores(scored.Length - finite.Length);
        if (finite.Length == 0)
            throw new NonFiniteTrainingException($"iteration {iteration}: none of the {scored.Length} replies has a finite score. The last checkpoint is good: look for what scores the replies.");

        SeededRandom.For(task.Seed, "minibatches", iteration).Shuffle(finite);
        return finite;
    }

    private static RewardedReply Rewarded(Rollout rollout, int prompt) => new(rollout.Prompt.Context, rollout.Text, rollout.Ended, prompt);

    private RatedRollout[] TakeRated(int iteration)
    {
        RatedRollout[] order = [.. _rated];
        SeededRandom.For(task.Seed, "rated", iteration).Shuffle(order);
        return [.. order.Take(options.RatedReplies)];
    }

    private double Thumb(RatedRollout reply) => options.ThumbScore * reply.Weight * (reply.Up ? 1 : -1);

    private double Score(Rollout rollout, double score) => Math.Clamp(score, -options.ScoreClip, options.ScoreClip) - (rollout.Ended ? 0 : options.MissingEndPenalty);
}
