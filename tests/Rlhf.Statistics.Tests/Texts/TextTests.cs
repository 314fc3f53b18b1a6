using Rlhf.Statistics.Texts;

namespace Rlhf.Statistics.Tests.Texts;

public sealed class TextTests
{
    [Fact]
    public void Words_are_lower_case_with_punctuation_apart() =>
        Assert.Equal(["größe", ",", "2", "cups", "!"], Words.Of("Größe, 2 CUPS!"));

    [Fact]
    public void Counts_are_clipped_as_in_the_paper()
    {
        // Papineni et al. (2002), example 2: 2/7 unigrams.
        var counts = Bleu.Of(Words.Of("the the the the the the the"), Words.Of("the cat is on the mat"));
        Assert.Equal((2, 7), (counts.Matches[0], counts.Totals[0]));
    }

    [Fact]
    public void Bleu_is_the_geometric_mean_with_the_penalty_for_brevity()
    {
        // "the cat sat on" of "the cat sat on the mat": all 4, 3, 2 and 1 n-grams match, 4 words against 6.
        Assert.Equal(Math.Exp(1 - (6.0 / 4)), Bleu.Of(Words.Of("the cat sat on"), Words.Of("the cat sat on the mat")).Score(), 1e-12);

        // "the cat is on the mat" of "there is a cat on the mat": 5/6 (the once, cat, is, on, mat), 2/5 (on the, the mat), 1/4 (on the mat), 0/3 counted as 1/2; 6 words against 7.
        var expected = Math.Exp(1 - (7.0 / 6)) * Math.Pow(5 / 6.0 * (2 / 5.0) * (1 / 4.0) * (0.5 / 3), 0.25);
        Assert.Equal(expected, Bleu.Of(Words.Of("the cat is on the mat"), Words.Of("there is a cat on the mat")).Score(), 1e-12);
    }

    [Fact]
    public void Bleu_of_several_texts_is_that_of_their_counts()
    {
        var one = Bleu.Of(Words.Of("a b c d"), Words.Of("a b c d"));
        var two = Bleu.Of(Words.Of("a b x y"), Words.Of("a b c d"));
        Assert.Equal(Math.Pow(6 / 8.0 * (4 / 6.0) * (2 / 4.0) * (1 / 2.0), 0.25), one.Plus(two).Score(), 1e-12);
        Assert.Equal(1, one.Score(), 1e-12);
        Assert.Equal(0, Bleu.Of(Words.Of("x"), Words.Of("y")).Score());
        Assert.Equal(0, Bleu.Empty.Score());
    }

    [Theory]
    [InlineData("police kill the gunman", "police killed the gunman", 0.75)] // Lin (2004), section 3: S2
    [InlineData("the gunman kill police", "police killed the gunman", 0.5)] // S3
    [InlineData("the gunman police killed", "police killed the gunman", 0.5)] // S4
    [InlineData("a b", "a b c d", 2 * 2 / 6.0)]
    [InlineData("x", "y", 0)]
    [InlineData("", "y", 0)]
    public void Rouge_l_is_the_f1_of_the_longest_common_subsequence(string text, string reference, double expected) =>
        Assert.Equal(expected, RougeL.Score(Words.Of(text), Words.Of(reference)), 1e-12);
}
