namespace Rlhf.Statistics.Tests;

public sealed class MeanDifferenceTests
{
    private const double Alpha = 0.05;

    [Theory]
    [InlineData(3, 2)]
    [InlineData(7, 5)]
    public void The_mixture_is_the_integral_over_all_guesses(int count, int sum)
    {
        // The midpoint rule over θ; an independent way to B(1+S, 1+n−S).
        const int Points = 200_000;
        var integral = Enumerable.Range(0, Points).Average(i => Math.Pow((i + 0.5) / Points, sum) * Math.Pow(1 - ((i + 0.5) / Points), count - sum));
        Assert.Equal(Math.Log(integral), ConfidenceSequence.LogMixture(new BoundedSample(count, sum)), 1e-8);
    }

    [Fact]
    public void The_evidence_against_equal_means_is_that_at_the_pooled_mean()
    {
        var (first, second) = (new BoundedSample(40, 30.5), new BoundedSample(200, 90));
        var pooled = 120.5 / 240;
        var expected = ConfidenceSequence.LogMixture(first) + ConfidenceSequence.LogMixture(second) - (120.5 * Math.Log(pooled)) - (119.5 * Math.Log(1 - pooled));
        Assert.Equal(expected, MeanDifference.LogEvidence(first, second), 1e-9);
    }

    [Fact]
    public void The_search_for_the_likeliest_pair_finds_the_pooled_mean()
    {
        var (first, second) = (new BoundedSample(40, 30.5), new BoundedSample(200, 90));
        Assert.Equal(MeanDifference.LogEvidence(first, second), MeanDifference.LogEvidence(first, second, difference: 1e-13), 1e-6);
    }

    [Fact]
    public void The_evidence_has_mean_one_where_the_means_are_equal()
    {
        // Exactly, over all outcomes of three observations each that are 0 or 1, before the least over the means is taken.
        foreach (var mean in new[] { 0.2, 0.5, 0.9 })
        {
            var expected = 0.0;
            for (var outcome = 0; outcome < 64; outcome++)
            {
                var (s, t) = (int.PopCount(outcome & 7), int.PopCount(outcome >> 3));
                var (first, second) = (new BoundedSample(3, s), new BoundedSample(3, t));
                var likelihood = ConfidenceSequence.LogLikelihood(first, mean) + ConfidenceSequence.LogLikelihood(second, mean);
                var evidence = ConfidenceSequence.LogMixture(first) + ConfidenceSequence.LogMixture(second) - likelihood;
                expected += Math.Exp(likelihood + evidence);
                Assert.True(MeanDifference.LogEvidence(first, second) <= evidence + 1e-12);
            }

            Assert.Equal(1, expected, 1e-9);
        }
    }

    [Fact]
    public void It_decides_exactly_when_the_interval_leaves_zero_out()
    {
        var second = new BoundedSample(900, 540);
        foreach (var sum in Enumerable.Range(0, 101))
        {
            var first = new BoundedSample(100, sum);
            var interval = MeanDifference.Interval(first, second, Alpha);
            Assert.InRange(first.Mean - second.Mean, interval.Lower, interval.Upper);
            var verdict = MeanDifference.Decide(first, second, Alpha);
            Assert.Equal(interval.Lower > 0 ? Verdict.Better : interval.Upper < 0 ? Verdict.Worse : Verdict.Undecided, verdict);
        }
    }

    [Fact]
    public void Equal_streams_that_are_looked_at_after_every_observation_are_seldom_decided()
    {
        var random = new Random(7);
        var decided = Enumerable.Range(0, 400).Count(_ => Run(random, 0.6, 0.6, 3000) != Verdict.Undecided);
        Assert.InRange(decided, 0, 20); // 5 %, which the mixture keeps with room to spare
    }

    [Theory]
    [InlineData(0.35, 0.6, Verdict.Worse)]
    [InlineData(0.8, 0.55, Verdict.Better)]
    public void Streams_that_differ_are_decided_the_right_way(double canary, double live, Verdict expected)
    {
        var random = new Random(11);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(expected, Run(random, canary, live, 5000)));
    }

    [Fact]
    public void The_mean_of_a_stream_is_seldom_ever_left_out()
    {
        var random = new Random(3);
        var left = Enumerable.Range(0, 300).Count(_ =>
        {
            var sample = default(BoundedSample);
            for (var i = 0; i < 500; i++)
            {
                sample = sample.With(Math.Round(random.NextDouble(), 1)); // neither 0 nor 1 alone
                var interval = ConfidenceSequence.Mean(sample, Alpha);
                if (interval.Lower > 0.5 || interval.Upper < 0.5)
                {
                    return true;
                }
            }

            return false;
        });
        Assert.InRange(left, 0, 15);
    }

    [Fact]
    public void Without_observations_everything_is_possible()
    {
        Assert.Equal(new Interval(0, 1), ConfidenceSequence.Mean(default, Alpha));
        Assert.Equal(new Interval(-1, 1), MeanDifference.Interval(default, new BoundedSample(5, 5), Alpha));
        Assert.Equal(Verdict.Undecided, MeanDifference.Decide(default, new BoundedSample(500, 500), Alpha));
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void An_observation_that_is_not_from_zero_to_one_is_refused(double observation) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => default(BoundedSample).With(observation));

    private static Verdict Run(Random random, double canary, double live, int conversations)
    {
        var (first, second) = (default(BoundedSample), default(BoundedSample));
        for (var i = 0; i < conversations; i++)
        {
            if (random.NextDouble() < 0.1)
            {
                first = first.With(random.NextDouble() < canary ? 1 : 0);
            }
            else
            {
                second = second.With(random.NextDouble() < live ? 1 : 0);
            }

            if (MeanDifference.Decide(first, second, Alpha) is not Verdict.Undecided and var verdict)
            {
                return verdict;
            }
        }

        return Verdict.Undecided;
    }
}
