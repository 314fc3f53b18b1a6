namespace Rlhf.Statistics.Tests;

public sealed class ThompsonTests
{
    [Fact]
    public void The_probability_of_the_best_is_that_of_draws_from_the_posteriors()
    {
        BoundedSample[] samples = [new(20, 12), new(30, 21), new(5, 2)];
        var random = new Random(1);
        var best = new double[3];
        const int Draws = 40_000;
        for (var i = 0; i < Draws; i++)
        {
            var drawn = samples.Select(sample => MathNet.Numerics.Distributions.Beta.Sample(random, 1 + sample.Sum, 1 + sample.Count - sample.Sum)).ToArray();
            best[Array.IndexOf(drawn, drawn.Max())] += 1.0 / Draws;
        }

        Assert.Equal(best, Thompson.ProbabilityOfBest(samples), (a, b) => Math.Abs(a - b) < 0.01);
    }

    [Fact]
    public void A_better_one_gets_more_and_each_at_least_its_part()
    {
        var shares = Thompson.Shares([new(200, 100), new(200, 150), new(200, 20)], least: 0.05);
        Assert.Equal([0.05, 0.9, 0.05], shares);
        Assert.Equal([0.5, 0.5], Thompson.Shares([default, default], least: 0.05));
        Assert.Equal([1.0], Thompson.Shares([new(10, 1)], least: 0.05));
    }

    [Fact]
    public void Very_many_observations_are_told_apart()
    {
        var shares = Thompson.Shares([new(1_000_000, 500_000), new(1_000_000, 510_000)], least: 0.05);
        Assert.Equal([0.05, 0.95], shares);
    }

    [Fact]
    public void More_than_can_have_their_part_are_refused() => Assert.Throws<ArgumentException>(() => Thompson.Shares(new BoundedSample[21], least: 0.05));
}
