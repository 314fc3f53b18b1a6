using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Tests.Evaluation;

public sealed class GateTests
{
    private static readonly ReplyStatistics Usual = new(Length: 20, Distinct: 0.5, EndRate: 0.98);
    private static readonly double[] Live = [.. Enumerable.Range(0, 60).Select(i => Math.Sin(i))];

    [Fact]
    public void A_candidate_that_is_surely_better_and_otherwise_like_the_live_version_passes()
    {
        var verdict = Decide(Better(0.5), Usual with { Length = 25 }, kl: 6);

        Assert.True(verdict.Decision == GateDecision.Accepted, verdict.Reason);
        Assert.Equal(1, verdict.Metrics["gate/accepted"]);
        Assert.Equal(0.5, verdict.Metrics["gate/gain"], 1e-9);
        Assert.Equal(1, verdict.Metrics["gate/win_rate"]);
        Assert.True(verdict.Metrics["gate/win_rate_low"] > 0.5);
    }

    [Theory]
    [InlineData(-0.5)]
    [InlineData(0.0)]
    public void A_candidate_that_is_not_surely_better_is_rejected(double gain)
        => Rejected(Decide(Better(gain), Usual, kl: 6), "win rate");

    [Fact]
    public void A_gain_within_the_noise_is_rejected()
        => Rejected(Decide([.. Live.Select((score, i) => score + 0.1 + (i % 2 == 0 ? 3 : -3))], Usual, kl: 6), "not surely above 50 %");

    [Fact]
    public void A_candidate_too_far_from_the_reference_is_rejected()
        => Rejected(Decide(Better(0.5), Usual, kl: 1000), "KL 1000.0");

    [Theory]
    [InlineData(2)]
    [InlineData(200)]
    public void A_candidate_of_another_length_is_rejected(double length)
        => Rejected(Decide(Better(0.5), Usual with { Length = length }, kl: 6), "length");

    [Fact]
    public void A_candidate_that_repeats_itself_is_rejected()
        => Rejected(Decide(Better(0.5), Usual with { Distinct = 0.01 }, kl: 6), "distinct");

    [Fact]
    public void A_candidate_that_does_not_end_is_rejected()
        => Rejected(Decide(Better(0.5), Usual with { EndRate = 0.4 }, kl: 6), "end-token");

    [Theory]
    [InlineData(4.4, true)]
    [InlineData(4.5, false)]
    [InlineData(double.NaN, false)]
    public void A_candidate_may_foretell_people_a_little_worse_than_the_live_version_and_not_much(double perplexity, bool accepted)
    {
        var verdict = Gate.Decide(Passing with { Perplexity = (perplexity, 4.05) }, new GateOptions { PerplexityFactor = 1.1 }, independent: true, seed: 1);

        Assert.True(accepted == (verdict.Decision == GateDecision.Accepted), verdict.Reason);
        Assert.Equal(!accepted, verdict.Reason.Contains("perplexity of people's dialogues"));
        Assert.Equal((perplexity, 4.05), (verdict.Metrics["gate/perplexity"], verdict.Metrics["gate/perplexity_live"]));
    }

    [Fact]
    public void Where_the_operator_gave_nothing_nothing_is_claimed()
    {
        var verdict = Gate.Decide(Passing, new GateOptions(), independent: true, seed: 1);

        Assert.True(verdict.Decision == GateDecision.Accepted, verdict.Reason);
        Assert.DoesNotContain("gate/perplexity", verdict.Metrics);
        Assert.Equal(0, verdict.Metrics["gate/regression_prompts"]);
    }

    [Fact]
    public void A_candidate_that_is_worse_at_one_of_the_operators_prompts_is_rejected()
    {
        var verdict = Gate.Decide(Passing with { RegressionPrompts = 12, Regressions = ["refund"] }, new GateOptions(), independent: true, seed: 1);

        Rejected(verdict, "worse at 1 of the operator's 12 prompts (refund)");
        Assert.Equal((12, 1), (verdict.Metrics["gate/regression_prompts"], verdict.Metrics["gate/regressions"]));
    }

    [Fact]
    public void Of_many_regressions_some_are_named()
    {
        var verdict = Gate.Decide(Passing with { RegressionPrompts = 12, Regressions = ["a", "b", "c", "d", "e", "f", "g"] }, new GateOptions(), independent: true, seed: 1);

        Rejected(verdict, "worse at 7 of the operator's 12 prompts (a, b, c, d, e, …)");
    }

    [Fact]
    public void Figures_that_are_no_numbers_are_rejected()
        => Rejected(Decide([.. Live.Select(_ => double.NaN)], Usual, kl: double.NaN), "win rate");

    [Fact]
    public void Every_broken_bound_is_named()
    {
        var verdict = Decide(Better(-1), Usual with { EndRate = 0.1, Distinct = 0 }, kl: 999);

        Assert.All(["win rate", "KL", "distinct", "end-token"], name => Assert.Contains(name, verdict.Reason));
    }

    [Fact]
    public void A_clear_win_and_a_clear_loss_are_sure_early_and_a_draw_never()
    {
        var options = new GateOptions();

        Assert.True(Gate.IsSure(Pairs(Better(0.5)[..8]), options, seed: 1));
        Assert.True(Gate.IsSure(Pairs(Better(-0.5)[..8]), options, seed: 1));
        Assert.False(Gate.IsSure(Pairs(Better(0)), options, seed: 1));
        Assert.False(Gate.IsSure(Pairs([.. Live.Select(_ => double.NaN)]), options, seed: 1));
    }

    /// <summary>Candidates that are no better than the live version, looked at again and again: few enough of them may pass.</summary>
    [Fact]
    public void Who_looks_often_is_wrong_no_more_often_than_who_looks_once()
    {
        var options = new GateOptions { Replies = 128, RepliesALook = 32, Resamples = 200 };
        Assert.Equal(4, options.Looks);
        var passed = 0;
        for (var candidate = 0; candidate < 400; candidate++)
        {
            var random = new Random(candidate);
            JudgedPair[] pairs = [.. Enumerable.Range(0, options.Replies).Select(i => new JudgedPair(i, random.NextDouble(), random.NextDouble()))];
            for (var look = options.RepliesALook; look <= options.Replies; look += options.RepliesALook)
            {
                if (Gate.IsSure(pairs[..look], options, seed: 1))
                {
                    passed++;
                    break;
                }
            }
        }

        Assert.InRange(passed / 400.0, 0.005, 0.06);
    }

    /// <summary>Equal policies on 40 prompts, each answered eight times, with the judge liking one policy's way with a prompt by chance: taking each reply
    /// for an observation of its own would let a fifth of them pass.</summary>
    [Fact]
    public void Equal_policies_on_few_prompts_seldom_pass_however_often_each_prompt_is_answered()
    {
        var options = new GateOptions { Replies = 320, RepliesALook = 320, Resamples = 200 };
        var passed = Enumerable.Range(0, 400).Count(candidate =>
        {
            var random = new Random(candidate);
            JudgedPair[] pairs = [.. Enumerable.Range(0, 40).SelectMany(prompt =>
            {
                var leaning = random.NextDouble() - 0.5;
                return Enumerable.Range(0, 8).Select(_ => new JudgedPair(prompt, leaning + (0.2 * random.NextDouble()), 0.2 * random.NextDouble()));
            })];
            return Gate.IsSure(pairs, options, seed: 1) && pairs.Average(pair => pair.Win) > 0.5;
        });

        Assert.InRange(passed / 400.0, 0.005, 0.06);
    }

    private static GateEvidence Passing => new(Pairs(Better(0.5)), Usual, Usual, Kl: 6);

    private static JudgedPair[] Pairs(double[] candidate) => [.. candidate.Select((score, prompt) => new JudgedPair(prompt, score, Live[prompt]))];

    private static double[] Better(double gain) => [.. Live.Select(score => score + gain)];

    private static GateVerdict Decide(double[] candidate, ReplyStatistics statistics, double kl) =>
        Gate.Decide(new GateEvidence(Pairs(candidate), statistics, Usual, kl), new GateOptions(), independent: true, seed: 1);

    [Theory]
    [InlineData(true, false, GateDecision.Accepted, 0)]
    [InlineData(false, true, GateDecision.Accepted, 0)]
    [InlineData(false, false, GateDecision.InsufficientEvidence, 1)]
    public void By_its_own_reward_model_alone_a_candidate_is_a_canary_at_most(bool independent, bool ownJudge, GateDecision decision, double insufficient)
    {
        var verdict = Gate.Decide(Passing, new GateOptions { OwnJudge = ownJudge }, independent, seed: 1);
        Assert.Equal((decision, insufficient), (verdict.Decision, verdict.Metrics[Gate.InsufficientEvidence]));
        Assert.Equal(insufficient == 1, verdict.Reason.StartsWith("insufficient evidence", StringComparison.Ordinal));
        var worse = Gate.Decide(Passing with { Kl = 1e9 }, new GateOptions { OwnJudge = ownJudge }, independent, seed: 1);
        Assert.Equal(GateDecision.Rejected, worse.Decision);
    }

    private static void Rejected(GateVerdict verdict, string because)
    {
        Assert.Equal(GateDecision.Rejected, verdict.Decision);
        Assert.Contains(because, verdict.Reason);
        Assert.Equal(0, verdict.Metrics["gate/accepted"]);
    }
}
