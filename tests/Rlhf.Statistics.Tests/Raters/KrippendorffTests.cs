using Rlhf.Statistics.Raters;

namespace Rlhf.Statistics.Tests.Raters;

/// <summary>The worked examples of Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A, B and C.</summary>
public sealed class KrippendorffTests
{
    [Theory]
    [InlineData(0.095, "0100000010", "1110010000")]
    [InlineData(0.692, "aabbdcccedda", "babbbccceddd")]
    [InlineData(0.743, "123321412...", "1233224125.3", ".3332342251.", "12332441251.")]
    public void Alpha_is_the_textbooks(double alpha, params string[] raters)
    {
        var answers = raters.SelectMany((said, rater) => said.Select((label, item) => new Answer(item, rater, label))).Where(answer => answer.Label != '.');
        Assert.Equal(alpha, Krippendorff.Alpha(answers), 3);
    }

    [Fact]
    public void Full_agreement_is_one_and_what_tells_nothing_is_not_a_number()
    {
        Assert.Equal(1, Krippendorff.Alpha([new(0, 0, 1), new(0, 1, 1), new(1, 0, 0), new(1, 1, 0)]), 12);
        Assert.True(Krippendorff.Alpha([new(0, 0, 1), new(1, 1, 0)]) is double.NaN);
        Assert.True(Krippendorff.Alpha([new(0, 0, 1), new(0, 1, 1)]) is double.NaN);
    }
}
