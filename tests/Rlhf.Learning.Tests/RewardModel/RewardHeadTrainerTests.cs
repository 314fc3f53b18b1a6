using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class RewardHeadTrainerTests
{
    private const int Buckets = 4000;
    private const int Examples = 50;
    private static readonly LinearFeatures[] Features = [new(new float[3000], [], new float[2000]), new(new float[3000], [], new float[5000])];
    private static readonly Penalties Shrinkage = new(0.1, 0.02, 0.3, 0.001);

    [Fact]
    public void Anchors_are_draws_of_the_prior_that_the_penalties_stand_for()
    {
        var anchor = RewardHeadTrainer.Anchor(Features, Buckets, Shrinkage, Examples, seed: 1, head: 2);

        Spread(1 / (Examples * 0.1), anchor.Dense);
        Spread(1 / (Examples * 0.02), anchor.Sparse[..Buckets]);
        Spread(1 / (Examples * 0.3), anchor.Sparse[Buckets..]);
        Assert.All(anchor.Kernel, value => Assert.Equal(0, value));
        Assert.Equal((3000, 2 * Buckets, 5000, 0f), (anchor.Dense.Length, anchor.Sparse.Length, anchor.Kernel.Length, anchor.Bias));

        // Five standard errors of a mean and of a variance.
        static void Spread(double variance, float[] drawn)
        {
            Assert.Equal(0, drawn.Average(), 5 * Math.Sqrt(variance / drawn.Length));
            Assert.Equal(variance, drawn.Average(value => (double)value * value), 5 * variance * Math.Sqrt(2.0 / drawn.Length));
        }
    }

    [Fact]
    public void The_heads_of_an_ensemble_differ_by_bootstrap_samples_and_a_head_that_is_alone_sees_all_there_is()
    {
        RewardExample[] examples = [.. Enumerable.Range(0, 6).Select(i => new ThumbExample(new RewardInput([], 0, new ReplyViews([], [], [], []), []), i % 2 == 0, 1, $"{i / 2}"))];

        var (first, second) = (RewardHeadTrainer.BootstrapWeights(examples, seed: 1, head: 0, heads: 4), RewardHeadTrainer.BootstrapWeights(examples, seed: 1, head: 1, heads: 4));

        Assert.NotEqual(first, second);
        Assert.Equal((first[0], first[2], first[4]), (first[1], first[3], first[5]));
        Assert.All(RewardHeadTrainer.BootstrapWeights(examples, seed: 1, head: 0, heads: 1), weight => Assert.Equal(1, weight));
    }

    [Fact]
    public void The_heads_of_a_pair_are_anchored_opposite_and_pairs_differ()
    {
        LinearModel[] anchors = [.. Enumerable.Range(0, 4).Select(head => RewardHeadTrainer.Anchor(Features, Buckets, Shrinkage, Examples, seed: 1, head))];

        Assert.Equal(anchors[0].Dense, anchors[1].Dense.Select(value => -value));
        Assert.Equal(anchors[0].Sparse, anchors[1].Sparse.Select(value => -value));
        Assert.NotEqual(anchors[0].Sparse, anchors[2].Sparse);
        Assert.NotEqual(anchors[0].Sparse, RewardHeadTrainer.Anchor(Features, Buckets, Shrinkage, Examples, seed: 2, head: 0).Sparse);
    }

    [Fact]
    public void What_is_left_out_is_anchored_nowhere()
    {
        var anchor = RewardHeadTrainer.Anchor(Features, Buckets, Shrinkage with { Agreement = Penalties.LeftOut, Kernel = Penalties.LeftOut }, Examples, seed: 1, head: 0);

        Assert.All(anchor.Sparse[Buckets..], value => Assert.Equal(0, value));
        Assert.Empty(anchor.Kernel);
    }
}
