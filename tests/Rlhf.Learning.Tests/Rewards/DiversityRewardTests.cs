using Rlhf.Learning.Rewards;

namespace Rlhf.Learning.Tests.Rewards;

/// <summary>The values are worked out by hand.</summary>
public sealed class DiversityRewardTests
{
    [Fact]
    public void Self_BLEU_of_a_reply_that_another_repeats_is_1() => Assert.Equal(1, Bleu("a b c d e", "a b c d e"), 12);

    [Fact]
    public void Self_BLEU_of_a_reply_that_shares_no_word_is_0() => Assert.Equal(0, Bleu("a b c", "d e f", "g h i"));

    // 1-grams 3 of 4; 2-grams (2+1)/(3+1); 3-grams (1+1)/(2+1); 4-grams (0+1)/(1+1): the fourth root of 3/4·3/4·2/3·1/2.
    [Fact]
    public void Self_BLEU_is_the_geometric_mean_of_smoothed_precisions() => Assert.Equal(Math.Pow(0.75 * 0.75 * (2 / 3.0) * 0.5, 0.25), Bleu("a b c x", "a b c d"), 12);

    // "a a a": of three "a" one reference has two, so 2/3; 2-grams (1+1)/(2+1); 3-grams (0+1)/(1+1).
    [Fact]
    public void A_repeated_word_counts_as_often_as_one_reference_has_it() => Assert.Equal(Math.Cbrt(2 / 3.0 * (2 / 3.0) * 0.5), Bleu("a a a", "a a b", "a b b"), 12);

    // All n-grams match; 2 words against 4: e^(1 − 4/2).
    [Fact]
    public void A_short_reply_is_measured_against_the_nearest_length()
    {
        Assert.Equal(Math.Exp(-1), Bleu("a b", "a b c d"), 12);
        Assert.Equal(1, Bleu("a b", "a b c d", "x y"), 12);
    }

    // Of a-b, b-a, a-b the pair b-a is nobody else's: 1 of 3.
    [Fact]
    public void Distinct_counts_different_pairs_of_words_that_nobody_else_has()
    {
        Assert.Equal(1 / 3.0, DiversityReward.Distinct(new("a b a b"), [new("x a b")]), 12);
        Assert.Equal(2 / 3.0, DiversityReward.Distinct(new("a b a b"), [new("x y")]), 12);
        Assert.Equal(1, DiversityReward.Distinct(new("a"), [new("x y")]));
        Assert.Equal(0, DiversityReward.Distinct(new("A"), [new("a y")]));
    }

    // a-b, b-c, b-c, c-d: 3 of 4.
    [Fact]
    public void Distinct_n_of_texts_is_over_all_of_them() => Assert.Equal(0.75, NGramCounts.Distinct(["a b c", "b c d"], 2));

    [Fact]
    public void A_reply_is_compared_with_those_to_its_own_prompt()
    {
        var scores = Score(("sure, a latte", 0), ("we are closed", 0), ("sure, a latte", 1), ("sure, a latte", 1));

        Assert.Equal([1, 1, 0, 0], scores);
    }

    [Fact]
    public void Where_each_prompt_has_one_reply_it_is_compared_with_the_whole_batch()
    {
        var scores = Score(("sure, a latte", 0), ("sure, a latte", 1), ("we are closed", 2));

        Assert.Equal([0, 0, 1], scores);
    }

    [Fact]
    public void An_empty_reply_earns_nothing_and_one_alone_what_a_new_one_does()
    {
        Assert.Equal([0, 1], Score(("", 0), ("sure, a latte", 0)));
        Assert.Equal([1], Score(("sure, a latte", 0)));
    }

    private static double Bleu(string reply, params string[] others) => DiversityReward.SelfBleu(new(reply), [.. others.Select(other => new NGramCounts(other))]);

    private static double[] Score(params (string Text, int Prompt)[] replies) =>
        new DiversityReward().Score([.. replies.Select(reply => new RewardedReply([("user", "Hi.")], reply.Text, Ended: true, reply.Prompt))], CancellationToken.None);
}
