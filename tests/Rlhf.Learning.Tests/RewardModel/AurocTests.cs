using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class AurocTests
{
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(2, 5)]      // many ties
    [InlineData(3, 1)]      // nothing but ties
    public void It_is_the_share_of_pairs_in_order_ties_half(int seed, int levels)
    {
        var random = new Random(seed);
        double[] scores = [.. Enumerable.Range(0, 120).Select(_ => (double)random.Next(levels))];
        bool[] up = [.. Enumerable.Range(0, 120).Select(_ => random.Next(3) > 0)];
        var pairs = from i in Enumerable.Range(0, 120) where up[i] from j in Enumerable.Range(0, 120) where !up[j]
                    select scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;

        Assert.Equal(pairs.Average(), Auroc.Of(scores, up), 1e-12);
    }

    [Fact]
    public void With_one_class_only_it_is_no_number()
    {
        Assert.True(double.IsNaN(Auroc.Of([1, 2], [true, true])));
        Assert.True(double.IsNaN(Auroc.Of([], [])));
    }

    [Fact]
    public void Accuracy_counts_the_right_side_of_the_threshold()
    {
        Assert.Equal(0.75, Auroc.Accuracy([1, -1, 2, 3], [true, false, true, false]));
        Assert.Equal(0.5, Auroc.Accuracy([1, -1, 2, 3], [true, false, true, false], threshold: 1.5));
    }
}
