using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

/// <summary>The expected values are PyTorch's; preference_losses.py makes them.</summary>
public sealed class PreferenceLossTests
{
    [Fact]
    public void A_thumb_is_binary_cross_entropy()
    {
        Assert.Equal(0.403186048885, PreferenceLoss.Thumb(0.7, up: true, out var slope), 1e-11);
        Assert.Equal(-0.331812227832, slope, 1e-11);
        Assert.Equal(0.403186048885, PreferenceLoss.Thumb(-0.7, up: false, out _), 1e-11);
    }

    [Fact]
    public void A_rating_asks_at_each_threshold_whether_it_lies_above()
    {
        double[] slopes = [1, 0, 0, 0];

        Assert.Equal(0.335713828056, PreferenceLoss.Rating(0.3, 3, [-1.2, -0.4, 0.6, 1.9], out var slope, slopes), 1e-11);
        Assert.Equal(0.019825336604, slope, 1e-11);
        Equal([1.045606380952, 0.082953056958, -0.106389370797, -0.041995403717], slopes);
    }

    [Fact]
    public void A_pair_is_Bradley_Terry_with_margin_and_centring()
    {
        var slopes = new double[2];

        Assert.Equal(0.761296660074, PreferenceLoss.Ranking([0.8, 0.5], 0.4, 0.01, slopes), 1e-11);
        Equal([-0.498979187479, 0.550979187479], slopes);
    }

    [Fact]
    public void A_ranking_is_Plackett_Luce_with_margin_and_centring()
    {
        var slopes = new double[3];

        Assert.Equal(1.767912610146, PreferenceLoss.Ranking([0.2, 1.1, -0.6], 0.25, 0.01, slopes), 1e-11);
        Equal([-0.782590901454, 0.483189551633, 0.318068016488], slopes);
    }

    [Fact]
    public void Scores_far_apart_stay_finite()
    {
        var slopes = new double[2];

        Assert.Equal(2000, PreferenceLoss.Ranking([-1000, 1000], 0, 0, slopes), 1e-9);
        Assert.Equal([-1, 1], slopes);
        Assert.Equal(1000, PreferenceLoss.Thumb(-1000, up: true, out _), 1e-9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void A_rating_that_no_one_can_give_is_refused(int stars)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new RatingExample(new RewardInput([], 0, new ReplyViews([], [], [], []), []), stars, 1, "g"));

    private static void Equal(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-11);
    }
}
