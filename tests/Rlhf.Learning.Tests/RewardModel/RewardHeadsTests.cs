using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class RewardHeadsTests
{
    private static readonly ReplyViews NoWords = new([], [], [], []);

    [Fact]
    public void What_is_saved_scores_as_before()
    {
        var heads = new RewardHeads(
            [1], [2], [new LinearModel([2], [0, 3, -1], [0.5f, -2], 5)], [new ReplyViews([0, 2], [], [1], []), new ReplyViews([], [1], [], [2])], [0.5], [2]);

        var saved = heads.ToTensors().ToDictionary(named => named.Name, named => named.Tensor);
        var loaded = RewardHeads.FromTensors(name => saved[name], heads.ScoreMean, heads.ScoreScale);

        var reply = new ReplyViews([2], [1], [], [2]);
        Assert.Equal(heads.Score([0.3f], reply), loaded.Score([0.3f], reply));
    }

    [Fact]
    public void The_conservative_score_is_the_mean_less_a_share_of_the_spread()
    {
        // Mean 2, variance ((1)² + 0 + (1)²) / 3.
        Assert.Equal(2 - (0.1 * Math.Sqrt(2 / 3.0)), RewardHeads.Conservative([1, 2, 3], 0.1), 1e-12);
        Assert.Equal(2, RewardHeads.Conservative([1, 2, 3], 0), 1e-12);
        Assert.Equal(5, RewardHeads.Conservative([5, 5, 5, 5], 10), 1e-12);
    }

    [Fact]
    public void The_uncertainty_weighted_score_is_the_mean_less_a_share_of_the_variance() =>
        Assert.Equal(2 - (0.1 * 2 / 3.0), RewardHeads.Conservative([1, 2, 3], 0.1, ConservativeReward.UncertaintyWeighted), 1e-12);

    [Fact]
    public void The_worst_case_is_the_least_score() =>
        Assert.Equal(-1, RewardHeads.Conservative([3, -1, 2], 0.1, ConservativeReward.WorstCase));

    [Fact]
    public void On_the_replies_it_is_normalised_on_each_head_has_mean_0_and_deviation_1()
    {
        var heads = new RewardHeads([0, 0], [1, 1], [new LinearModel([2, 0], [0], [], 5), new LinearModel([0, -0.1f], [1], [], 0)], [], [0, 0], [1, 1]);
        float[][] replies = [[1, 2], [3, 1], [-2, 0.5f], [0, 7]];

        // Twice: normalising what is normalised changes nothing.
        for (var pass = 0; pass < 2; pass++)
        {
            heads = heads.Normalised([.. replies.Select(r => heads.Score(r, NoWords))]);
            for (var h = 0; h < 2; h++)
            {
                var scores = replies.Select(r => heads.Score(r, NoWords)[h]).ToArray();
                Assert.Equal(0, scores.Average(), 1e-6);
                Assert.Equal(1, Math.Sqrt(scores.Average(s => s * s)), 1e-6);
            }
        }
    }

    [Fact]
    public void A_head_with_nothing_to_say_stays_silent()
    {
        var heads = new RewardHeads([0], [1], [new LinearModel([0], [0], [], 3)], [], [0], [1]);

        heads = heads.Normalised([.. Enumerable.Range(0, 4).Select(i => heads.Score([i], NoWords))]);

        Assert.Equal([0.0], heads.Score([9], NoWords));
    }
}
