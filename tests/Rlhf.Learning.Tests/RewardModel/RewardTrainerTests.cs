using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;
using Rlhf.Learning.Tests.Pipeline;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class RewardTrainerTests : IDisposable
{
    private readonly BaseModel _model = ToyChat.Model();
    private readonly CausalLm _trunk;
    private readonly RewardOptions _options = ToyChat.Options.Reward;

    public RewardTrainerTests() => _trunk = CausalLm.From(_model, threads: 2);

    [Fact]
    public void It_learns_a_taste_from_thumbs_of_which_a_quarter_is_wrong()
    {
        using var reward = Train(ToyChat.Thumbs(300, noise: 0.25, seed: 1));
        var fresh = ToyChat.Thumbs(200, noise: 0, seed: 2);

        var scores = reward.Score(Inputs(fresh), CancellationToken.None);

        Assert.True(Auroc.Of(scores, [.. fresh.Select(thumb => thumb.Up)]) > 0.95);
    }

    [Fact]
    public void Heads_differ_and_equal_seeds_give_equal_heads()
    {
        var thumbs = ToyChat.Thumbs(200, noise: 0.25, seed: 1);
        var inputs = Inputs(ToyChat.Thumbs(20, noise: 0, seed: 2));
        using var one = Train(thumbs);
        using var same = Train(thumbs);
        using var other = Train(thumbs, seed: 9);

        var scores = one.HeadScores(inputs, CancellationToken.None);

        Assert.Equal(scores, same.HeadScores(inputs, CancellationToken.None));
        Assert.NotEqual(scores, other.HeadScores(inputs, CancellationToken.None));
        Assert.All(scores, heads => Assert.Equal(_options.Heads, heads.Distinct().Count()));
    }

    [Fact]
    public void Heads_disagree_most_on_what_nobody_has_judged()
    {
        using var reward = Train(ToyChat.Thumbs(200, noise: 0.25, seed: 1));
        var known = ToyChat.Thumbs(50, noise: 0, seed: 2);
        var foreign = known.Select(thumb => thumb with { Reply = "they walked along some river until evening came" });

        Assert.True(Disagreement(foreign) > 2 * Disagreement(known), $"{Disagreement(foreign)} and {Disagreement(known)}");

        double Disagreement(IEnumerable<ThumbedReply> thumbs) =>
            reward.HeadScores(Inputs([.. thumbs]), CancellationToken.None).Average(scores => RewardHeads.Conservative(scores, 0) - RewardHeads.Conservative(scores, 1));
    }

    [Fact]
    public void A_rater_of_no_weight_teaches_nothing()
    {
        var honest = ToyChat.Thumbs(200, noise: 0, seed: 1);
        var liar = ToyChat.Thumbs(400, noise: 1, seed: 2).Select(thumb => thumb with { Weight = 0 });
        var fresh = ToyChat.Thumbs(100, noise: 0, seed: 3);

        using var reward = Train([.. honest, .. liar]);

        Assert.True(Auroc.Of(reward.Score(Inputs(fresh), CancellationToken.None), [.. fresh.Select(thumb => thumb.Up)]) > 0.95);
    }

    [Fact]
    public void On_the_replies_it_is_normalised_on_scores_have_mean_0_and_deviation_1()
    {
        var inputs = Inputs(ToyChat.Thumbs(50, noise: 0, seed: 4));
        using var reward = Train(ToyChat.Thumbs(200, noise: 0.1, seed: 1));

        reward.NormaliseOn(inputs, CancellationToken.None);

        var scores = reward.HeadScores(inputs, CancellationToken.None);
        for (var h = 0; h < _options.Heads; h++)
        {
            Assert.Equal(0, scores.Average(s => s[h]), 1e-4);
            Assert.Equal(1, Math.Sqrt(scores.Average(s => s[h] * s[h])), 1e-4);
        }
    }

    [Fact]
    public void It_learns_from_ratings_and_rankings_as_from_thumbs()
    {
        var thumbs = ToyChat.Thumbs(160, noise: 0, seed: 1);
        var inputs = Inputs(thumbs);
        int[] good = [.. Enumerable.Range(0, thumbs.Count).Where(i => thumbs[i].Up)], bad = [.. Enumerable.Range(0, thumbs.Count).Where(i => !thumbs[i].Up)];
        RewardExample[] examples =
        [
            .. Enumerable.Range(0, 60).Select(i => new RatingExample(inputs[i], thumbs[i].Up ? 4 + (i % 2) : 1 + (i % 3), 1, thumbs[i].Group)),
            .. good.Zip(bad, (better, worse) => new RankingExample([inputs[better], inputs[worse]], 0, 1, thumbs[better].Group)).Take(30),
            new RankingExample([inputs[good[^1]], inputs[good[^2]], inputs[bad[^1]]], 0, 1, "three"),
        ];
        var trainer = new RewardTrainer(_model, _trunk, _options);
        using var corpus = trainer.Read(examples, CancellationToken.None);

        using var reward = trainer.Train(corpus, [.. Enumerable.Range(0, examples.Length)], seed: 1, (_, _, _) => { }, CancellationToken.None);

        var fresh = ToyChat.Thumbs(100, noise: 0, seed: 3);
        Assert.True(Auroc.Of(reward.Score(Inputs(fresh), CancellationToken.None), [.. fresh.Select(thumb => thumb.Up)]) > 0.95);
    }

    [Fact]
    public void Thumbs_that_all_point_one_way_are_refused()
        => Assert.Throws<ArgumentException>(() => Train([.. ToyChat.Thumbs(60, noise: 0, seed: 1).Where(thumb => !thumb.Up)]));

    public void Dispose() => _trunk.Dispose();

    private RewardEnsemble Train(IReadOnlyList<ThumbedReply> thumbs, ulong seed = 1)
    {
        var inputs = Inputs(thumbs);
        var trainer = new RewardTrainer(_model, _trunk, _options);
        using var corpus = trainer.Read([.. thumbs.Select((thumb, i) => new ThumbExample(inputs[i], thumb.Up, thumb.Weight, thumb.Group))], CancellationToken.None);
        return trainer.Train(corpus, [.. Enumerable.Range(0, thumbs.Count)], seed, (_, _, _) => { }, CancellationToken.None);
    }

    private RewardInput[] Inputs(IReadOnlyList<ThumbedReply> thumbs)
    {
        var encoder = new RewardEncoder(_model, _options);
        return [.. thumbs.Select(thumb => encoder.Encode(thumb.Context, thumb.Reply))];
    }
}
