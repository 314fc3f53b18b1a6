using Rlhf.Learning.Evaluation;
using Rlhf.Learning.Runs;

namespace Rlhf.Learning.Tests.Runs;

public sealed class GateTests
{
    private static readonly ReplyStatistics Usual = new(Length: 20, Distinct: 0.5, EndRate: 0.98);
    private static readonly double[] Live = [.. Enumerable.Range(0, 60).Select(i => Math.Sin(i))];

    [Fact]
    public void A_candidate_that_is_surely_better_and_otherwise_like_the_live_version_passes()
    {
        var verdict = Decide(Better(0.5), Usual with { Length = 25 }, kl: 6);

        Assert.True(verdict.Accepted, verdict.Reason);
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

        Assert.True(Gate.IsSure(Better(0.5)[..8], Live[..8], options, seed: 1));
        Assert.True(Gate.IsSure(Better(-0.5)[..8], Live[..8], options, seed: 1));
        Assert.False(Gate.IsSure(Better(0), Live, options, seed: 1));
        Assert.False(Gate.IsSure([.. Live.Select(_ => double.NaN)], Live, options, seed: 1));
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
            double[] ours = [.. Enumerable.Range(0, options.Replies).Select(_ => random.NextDouble())];
            double[] theirs = [.. Enumerable.Range(0, options.Replies).Select(_ => random.NextDouble())];
            for (var look = options.RepliesALook; look <= options.Replies; look += options.RepliesALook)
            {
                if (Gate.IsSure(ours[..look], theirs[..look], options, seed: 1))
                {
                    passed++;
                    break;
                }
            }
        }

        Assert.InRange(passed / 400.0, 0.005, 0.06);
    }

    private static double[] Better(double gain) => [.. Live.Select(score => score + gain)];

    private static GateVerdict Decide(double[] candidate, ReplyStatistics statistics, double kl) =>
        Gate.Decide(new GateEvidence(candidate, Live, statistics, Usual, kl), new GateOptions(), seed: 1);

    private static void Rejected(GateVerdict verdict, string because)
    {
        Assert.False(verdict.Accepted);
        Assert.Contains(because, verdict.Reason);
        Assert.Equal(0, verdict.Metrics["gate/accepted"]);
    }
}
