using Rlhf.Inference;
using Rlhf.Learning.Rewards;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// The replies an iteration learns from: the policy's own, scored by the reward model, and, where the options ask for them, rated replies
/// of earlier versions. For those the score also carries what the rater said.
/// </summary>
internal sealed class ReplySource(PolicyTask task, OnPolicyOptions options, int repliesPerPrompt)
{
    private readonly PromptOrder _prompts = new(task.Prompts, task.Seed);
    private readonly RatedRollout[] _rated =
    [
        .. task.Rated.Where(rated => rated.Rollout.Reply.Length > 0 && rated.Rollout.EngineLogProbs.Length == rated.Rollout.Reply.Length),
    ];

    /// <summary>The components of the last iteration's rewards.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; private set; } = new Dictionary<string, double>();

    /// <summary>An iteration's replies with their scores.</summary>
    public IReadOnlyList<Sample> Draw(LoraAdapter policy, int iteration, CancellationToken cancellationToken)
    {
        var count = Math.Max(1, options.Rollouts / repliesPerPrompt);
        RolloutPrompt[] prompts = [.. _prompts.Take(iteration * count, count).SelectMany(prompt => Enumerable.Repeat(prompt, repliesPerPrompt))];
        var own = task.Sampler.Sample(policy, prompts, SeededRandom.Hash(task.Seed, $"iteration {iteration}"), cancellationToken);
        var rated = TakeRated(iteration);

        RewardedReply[] replies =
        [
            .. own.Select((rollout, i) => Rewarded(rollout, i / repliesPerPrompt)),
            .. rated.Select((reply, i) => Rewarded(reply.Rollout, count + i)),
        ];
        (var scores, Figures) = task.Rewards.Score(replies, own.Count, cancellationToken);
        return
        [
            .. own.Select((rollout, i) => new Sample(rollout, i / repliesPerPrompt, Score(rollout, scores[i]))),
            .. rated.Select((reply, i) => new Sample(reply.Rollout, count + i, Score(reply.Rollout, scores[own.Count + i] + Thumb(reply))) { FromOtherVersion = true }),
        ];
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
