using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class NGramsTests
{
    [Fact]
    public void Words_are_lower_case_and_punctuation_stands_alone()
        => Assert.Equal(["i", "'", "d", "like", "2", "lattes", "!", "?"], NGrams.Words("I'd  like 2 Lattes!?"));

    [Fact]
    public void Each_gram_counts_once_and_in_any_case()
    {
        Assert.Equal(NGrams.Of("yes yes", "reply", 1, 1 << 20), NGrams.Of("YES", "reply", 1, 1 << 20));
        Assert.Equal(2, NGrams.Of("yes yes", "reply", 2, 1 << 20).Length);
    }

    [Fact]
    public void Pairs_know_the_order()
        => Assert.NotEqual(NGrams.Of("hot milk", "reply", 2, 1 << 20), NGrams.Of("milk hot", "reply", 2, 1 << 20));

    [Fact]
    public void Fields_are_kept_apart()
        => Assert.Empty(NGrams.Of("hot milk", "reply", 2, 1 << 20).Intersect(NGrams.Of("hot milk", "context", 2, 1 << 20)));

    [Fact]
    public void A_text_without_words_has_no_grams()
        => Assert.Empty(NGrams.Of("  \n", "reply", 2, 16));
}
