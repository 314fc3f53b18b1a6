using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Tests.Evaluation;

public sealed class BootstrapTests
{
    [Fact]
    public void The_interval_is_about_two_standard_errors_wide_on_each_side()
    {
        var random = new Random(1);
        double[] sample = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];

        var interval = Bootstrap.Mean(sample, seed: 1, resamples: 4000);

        var error = Math.Sqrt(1 / 12.0 / 400);
        Assert.Equal(sample.Average(), interval.Mean);
        Assert.InRange((interval.Mean - interval.Low) / error, 1.6, 2.4);
        Assert.InRange((interval.High - interval.Mean) / error, 1.6, 2.4);
    }

    [Fact]
    public void A_seed_gives_the_same_interval()
    {
        double[] sample = [1, 5, 2, 8, 3];

        Assert.Equal(Bootstrap.Mean(sample, seed: 4), Bootstrap.Mean(sample, seed: 4));
    }

    [Fact]
    public void Nothing_has_no_mean()
        => Assert.Throws<ArgumentException>(() => Bootstrap.Mean([], seed: 1));
}
