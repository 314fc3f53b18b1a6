using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class WinRateTests
{
    [Fact]
    public void A_win_counts_one_and_a_tie_half() =>
        Assert.Equal((1 + 1 + 0.5 + 0) / 4, WinRate.Of(["a", "b", "c", "d"], [2, 3, 1, 0], [1, 1, 1, 1], 1).Mean);

    [Fact]
    public void Equal_versions_tie_with_no_spread() =>
        Assert.Equal((0.5, 0.5, 0.5), WinRate.Of(["a", "b", "c"], [1, 2, 3], [1, 2, 3], 1) is var i ? (i.Mean, i.Low, i.High) : default);

    // For wins and losses alone the bootstrap's interval is the binomial's: 0.7 ± 1.96 · √(0.7 · 0.3 / 400).
    [Fact]
    public void The_interval_is_near_the_binomial_one()
    {
        var candidate = Enumerable.Range(0, 400).Select(i => i < 280 ? 1.0 : -1.0).ToArray();

        var rate = WinRate.Of([.. Enumerable.Range(0, 400).Select(i => $"prompt {i}")], candidate, new double[400], 5);

        var half = 1.96 * Math.Sqrt(0.7 * 0.3 / 400);
        Assert.Equal(0.7, rate.Mean, 12);
        Assert.Equal(0.7 - half, rate.Low, 0.01);
        Assert.Equal(0.7 + half, rate.High, 0.01);
    }

    // Sixteen replies to each of 25 prompts that win or lose together tell no more than 25 replies: 0.72 ± 1.96 · √(0.72 · 0.28 / 25).
    [Fact]
    public void Replies_to_one_prompt_are_one_observation()
    {
        string[] prompts = [.. Enumerable.Range(0, 400).Select(i => $"prompt {i % 25}")];
        double[] candidate = [.. Enumerable.Range(0, 400).Select(i => i % 25 < 18 ? 1.0 : -1.0)];

        var rate = WinRate.Of(prompts, candidate, new double[400], 5);

        Assert.Equal(0.72, rate.Mean, 12);
        Assert.Equal(2 * 1.96 * Math.Sqrt(0.72 * 0.28 / 25), rate.High - rate.Low, 0.05);
    }
}
