using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class AdaptiveKlTests
{
    [Theory]
    [InlineData(6.0, 0.15)]                              // on target: nothing changes
    [InlineData(6.6, 0.15 * (1 + (0.1 * 0.0128)))]       // 10 % over
    [InlineData(60.0, 0.15 * (1 + (0.2 * 0.0128)))]      // far over: the error is clipped
    [InlineData(0.0, 0.15 * (1 - (0.2 * 0.0128)))]       // far under
    public void The_coefficient_follows_the_clipped_error(double kl, double expected)
    {
        var controller = new AdaptiveKl(0.15, target: 6, horizon: 10_000);

        controller.Update(kl, replies: 128);

        Assert.Equal(expected, controller.Coefficient, 1e-12);
    }

    [Fact]
    public void A_fixed_coefficient_stays()
    {
        var controller = new AdaptiveKl(0.05, target: null, horizon: 10_000);

        controller.Update(100, replies: 10_000);

        Assert.Equal(0.05, controller.Coefficient);
    }
}
