using Rlhf.Learning.Algorithms;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Algorithms;

/// <summary>What stands under TRL's names is what TRL's PPO trainer computes.</summary>
public sealed class MetricsTests
{
    // Ratios 1.105, 0.607, 1, 1.822 and 1.105: the second and the fourth lie outside of the clip range.
    private static readonly float[] LogProbs = [-1.0f, -2.0f, -0.5f, -3.0f, -1.2f];
    private static readonly float[] Old = [-1.1f, -1.5f, -0.5f, -3.6f, -1.3f];

    // pg_clipfrac = (pg_losses2 > pg_losses).mean()
    [Theory]
    [InlineData(-0.5f, 2f, 0.4)]      // both lead further away: both are clipped
    [InlineData(0.5f, 2f, 0.2)]
    [InlineData(0.5f, -2f, 0.0)]      // both lead back: their gradient is left, however far the ratio is from 1
    public void The_clip_fraction_counts_the_ratios_whose_clipped_loss_is_the_larger_one(float second, float fourth, double expected)
    {
        using var scope = NewDisposeScope();

        var metrics = ClippedLoss.Of(tensor(LogProbs), tensor(Old), tensor([1f, second, 0.3f, fourth, -1.5f]), clip: 0.2).Metrics.ToDictionary();

        Assert.Equal(expected, metrics["policy/clipfrac_avg"], 1e-6);
        Assert.Equal(LogProbs.Zip(Old, (now, then) => Math.Exp(now - then)).Average(), metrics["val/ratio"], 1e-6);
    }

    // kl = logprobs - ref_logprobs; mean_kl = kl.sum(1).mean(); mean_entropy = (-logprobs).sum(1).mean(); non_score_reward = -kl_coef * kl; rlhf_reward = scores + its sum
    [Fact]
    public void The_objectives_are_sums_over_a_replys_tokens_and_means_over_replies()
    {
        Experience[] own =
        [
            Reply(score: 0.5, policy: [-1f, -2f], reference: [-1.5f, -1.8f]),
            Reply(score: -1, policy: [-3f], reference: [-2f]),
        ];
        var other = Reply(score: 9, policy: [-7f], reference: [-1f], fromOtherVersion: true);

        var metrics = RolloutMetrics.Of([new Minibatch([new Shard(null!, null!, null!, [.. own, other])], Entropy: 1.5)], klCoefficient: 0.2, new Dictionary<string, double> { ["reward/human"] = 3 });

        Assert.Equal((0.3 - 1) / 2, metrics["objective/kl"], 1e-6);
        Assert.Equal((3.0 + 3) / 2, metrics["objective/entropy"], 1e-6);
        Assert.Equal(-0.2 * -0.35, metrics["objective/non_score_reward"], 1e-6);
        Assert.Equal(-0.25, metrics["objective/scores"], 1e-12);
        Assert.Equal(-0.25 + 0.07, metrics["objective/rlhf_reward"], 1e-6);
        Assert.Equal((Math.Exp(-0.5) - 1 + 0.5 + Math.Exp(0.2) - 1 - 0.2 + Math.Exp(1) - 1 - 1) / 2, metrics["objective/kl_k3"], 1e-6);
        Assert.Equal((0.2, 1.5), (metrics["objective/kl_coef"], metrics["policy/entropy_avg"]));
        Assert.Equal(3, metrics["reward/human"]);
        Assert.Equal((2, 1), (metrics["val/num_eos_tokens"], metrics["val/rated_replies"]));
    }

    // ratio_stats.mean() and ratio_stats.var() over the steps: torch.tensor([1, 1.1, 1.3]).var() is 0.02333.
    [Fact]
    public void The_variance_of_the_ratio_is_that_of_the_steps_means()
    {
        var steps = new StepMetrics();
        foreach (var ratio in (double[])[1, 1.1, 1.3])
            steps.Add(("val/ratio", ratio));
        var metrics = new Dictionary<string, double>();

        steps.WriteTo(metrics);

        Assert.Equal(3.4 / 3, metrics["val/ratio"], 1e-12);
        Assert.Equal(0.07 / 3, steps.Variance("val/ratio"), 1e-12);
        Assert.Equal(0, new StepMetrics().Variance("val/ratio"));
    }

    private static Experience Reply(double score, float[] policy, float[] reference, bool fromOtherVersion = false) =>
        new(new Rollout(new RolloutPrompt([], [1]), new int[policy.Length], policy, "", Ended: true), 0, score) { Policy = policy, Reference = reference, FromOtherVersion = fromOtherVersion };
}
