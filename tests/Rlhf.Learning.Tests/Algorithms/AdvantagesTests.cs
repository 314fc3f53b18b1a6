using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class AdvantagesTests
{
    private static readonly float[] Rewards = [0.1f, -0.2f, 0.05f, 0f, 1.5f];
    private static readonly float[] Values = [0.3f, 0.1f, -0.4f, 0.9f, 0.2f];

    [Theory]
    [InlineData(1.0, 0.95)]
    [InlineData(0.9, 0.5)]
    [InlineData(1.0, 0.0)]
    [InlineData(0.97, 1.0)]
    public void The_estimate_is_the_weighted_sum_of_errors_it_is_defined_as(double gamma, double lambda)
    {
        double Error(int t) => Rewards[t] + (t + 1 < Values.Length ? gamma * Values[t + 1] : 0) - Values[t];

        var (advantages, returns) = Ppo.EstimateAdvantages(Rewards, Values, gamma, lambda);

        for (var t = 0; t < Rewards.Length; t++)
        {
            var expected = Enumerable.Range(t, Rewards.Length - t).Sum(k => Math.Pow(gamma * lambda, k - t) * Error(k));
            Assert.Equal(expected, advantages[t], 1e-5);
            Assert.Equal(expected + Values[t], returns[t], 1e-5);
        }
    }

    [Fact]
    public void Without_discount_and_decay_the_return_is_the_reward_to_come()
    {
        var (_, returns) = Ppo.EstimateAdvantages(Rewards, Values, 1, 1);

        for (var t = 0; t < Rewards.Length; t++)
            Assert.Equal(Rewards[t..].Sum(), returns[t], 1e-5);
    }

    [Fact]
    public void Whitened_advantages_have_mean_0_and_deviation_1_over_all_replies()
    {
        float[][] advantages = [[1, 2, 3], [10], [-4, 0.5f]];

        Ppo.Whiten(advantages);

        var all = advantages.SelectMany(a => a).Select(a => (double)a).ToArray();
        Assert.Equal(0, all.Average(), 1e-6);
        Assert.Equal(1, Math.Sqrt(all.Average(a => a * a)), 1e-5);
        Assert.True(all[4] < all[5] && all[5] < all[0] && all[0] < all[1] && all[2] < all[3]);
    }

    [Fact]
    public void Rewards_and_values_of_unlike_number_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Ppo.EstimateAdvantages([1f, 2f], [1f], 1, 1));

        Assert.Contains("2 rewards and 1 values", error.Message);
    }
}
