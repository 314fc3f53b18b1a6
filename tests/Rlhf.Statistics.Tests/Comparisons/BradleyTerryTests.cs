using Rlhf.Statistics.Comparisons;

namespace Rlhf.Statistics.Tests.Comparisons;

public sealed class BradleyTerryTests
{
    [Theory]
    [InlineData(300, 100)]
    [InlineData(50, 50)]
    public void Of_two_contestants_the_difference_is_the_log_odds(int wins, int losses)
    {
        var fitted = BradleyTerry.Fit([.. Pairs(0, 1, wins, losses)], 2, controlLength: false);
        Assert.Equal(Math.Log(wins / (double)losses), fitted.Strengths[0] - fitted.Strengths[1], 1e-3); // but for the ridge
        Assert.Equal(0, fitted.Strengths.Sum(), 1e-12);
    }

    [Fact]
    public void A_tie_is_half_a_win_of_each()
    {
        var ties = BradleyTerry.Fit([.. Pairs(0, 1, 20, 10), .. Enumerable.Repeat(new PairOutcome(0, 1, 0.5, 0, 0), 30)], 2, controlLength: false);
        var halves = BradleyTerry.Fit([.. Pairs(0, 1, 35, 25)], 2, controlLength: false);
        Assert.Equal(halves.Strengths[0], ties.Strengths[0], 1e-9);
    }

    [Fact]
    public void It_satisfies_the_equations_of_the_greatest_likelihood()
    {
        // Zermelo's: what each won equals what it was expected to win; an independent check of the solution, ridge apart.
        List<PairOutcome> outcomes = [.. Pairs(0, 1, 30, 20), .. Pairs(1, 2, 44, 16), .. Pairs(2, 0, 9, 31), .. Pairs(3, 0, 5, 5)];
        var strengths = BradleyTerry.Fit(outcomes, 4, controlLength: false).Strengths;
        for (var i = 0; i < 4; i++)
        {
            var won = outcomes.Sum(outcome => outcome.First == i ? outcome.Score : outcome.Second == i ? 1 - outcome.Score : 0);
            var expected = outcomes.Where(outcome => outcome.First == i || outcome.Second == i)
                .Sum(outcome => 1 / (1 + Math.Exp(strengths[outcome.First == i ? outcome.Second : outcome.First] - strengths[i])));
            Assert.Equal(won, expected + (0.01 * strengths[i]), 1e-6);
        }
    }

    [Fact]
    public void Where_only_length_wins_strengths_at_equal_length_are_equal()
    {
        var random = new Random(5);
        List<PairOutcome> outcomes = [];
        for (var i = 0; i < 4000; i++)
        {
            var difference = PairOutcome.DifferenceOf(100 + random.Next(100), 60 + random.Next(100)); // the first is longer as a rule
            outcomes.Add(new PairOutcome(0, 1, random.NextDouble() < 1 / (1 + Math.Exp(-3 * difference)) ? 1 : 0, difference, i));
        }

        var controlled = BradleyTerry.Fit(outcomes, 2, controlLength: true);
        Assert.InRange(controlled.Length, 2.6, 3.4);
        Assert.InRange(controlled.Strengths[0] - controlled.Strengths[1], -0.15, 0.15);
        var plain = BradleyTerry.Fit(outcomes, 2, controlLength: false);
        Assert.True(plain.Strengths[0] - plain.Strengths[1] > 0.4);
    }

    [Fact]
    public void Elo_moves_by_four_times_the_surprise()
    {
        var ratings = Elo.Rate([new(0, 1, 1, 0, 0), new(1, 0, 0.5, 0, 0)], 2);
        var second = 4 * (0.5 - (1 / (1 + Math.Pow(10, 4.0 / 400)))); // the first win made 1002 and 998
        Assert.Equal([1002 - second, 998 + second], ratings, (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal(1400, Elo.OfStrength(Math.Log(10)), 1e-9);
    }

    [Fact]
    public void Clusters_are_drawn_whole()
    {
        // Ten clusters of 50 equal items are ten observations: the interval is that of ten, not of 500.
        var items = Enumerable.Range(0, 500).Select(i => (Cluster: i / 50, Value: i / 50 % 2)).ToList();
        var interval = ClusterBootstrap.Intervals(items, item => item.Cluster, sample => [sample.Average(item => (double)item.Value)], draws: 2000)[0];
        Assert.InRange(interval.Lower, 0.15, 0.3); // 0.5 ± 1.96 · 0.5 / √10
        Assert.InRange(interval.Upper, 0.7, 0.85);
        Assert.Equal(interval, ClusterBootstrap.Intervals(items, item => item.Cluster, sample => [sample.Average(item => (double)item.Value)], draws: 2000)[0]);
    }

    private static IEnumerable<PairOutcome> Pairs(int first, int second, int wins, int losses) =>
        Enumerable.Range(0, wins + losses).Select(i => new PairOutcome(first, second, i < wins ? 1 : 0, 0, i));
}
