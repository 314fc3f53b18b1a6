using Rlhf.Learning.Data;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Tests.Data;

public sealed class JudgeSplitTests
{
    [Fact]
    public void No_rater_is_on_both_sides_and_each_stays_on_his()
    {
        var first = JudgeSplit.Of(Thumbs(200, raters: 20), gateShare: 0.5, leastOfEach: 5);
        var later = JudgeSplit.Of(Thumbs(400, raters: 20), gateShare: 0.5, leastOfEach: 5);

        Assert.Equal(200, first.Reward.Count + first.Gate.Count);
        Assert.Empty(Raters(first.Reward).Intersect(Raters(first.Gate)));
        Assert.Equal(Raters(first.Gate), Raters(later.Gate));
    }

    [Fact]
    public void With_few_raters_conversations_are_split()
    {
        var halves = JudgeSplit.Of(Thumbs(200, raters: 2), gateShare: 0.5, leastOfEach: 5);

        Assert.Equal(2, Raters(halves.Reward).Length);
        Assert.NotEmpty(halves.Gate);
        Assert.Empty(halves.Reward.Select(thumb => thumb.Group).Intersect(halves.Gate.Select(thumb => thumb.Group)));
    }

    [Theory]
    [InlineData(0.5, 60)]
    [InlineData(0, 5)]
    public void Where_two_models_cannot_be_had_one_gets_all(double share, int leastOfEach)
    {
        var halves = JudgeSplit.Of(Thumbs(200, raters: 20), share, leastOfEach);

        Assert.Equal((200, 0), (halves.Reward.Count, halves.Gate.Count));
    }

    [Fact]
    public void Thumbs_that_count_for_nothing_do_not_suffice()
    {
        var halves = JudgeSplit.Of([.. Thumbs(200, raters: 20).Select(thumb => thumb with { Weight = 0 })], 0.5, leastOfEach: 1);

        Assert.Empty(halves.Gate);
    }

    private static ThumbedReply[] Thumbs(int count, int raters) =>
        [.. Enumerable.Range(0, count).Select(i => new ThumbedReply([], "reply", i % 3 != 0, 1, $"conversation {i % 50}") { Rater = $"rater {i % raters}" })];

    private static string[] Raters(IReadOnlyList<Judgement> thumbs) => [.. thumbs.Select(thumb => thumb.Rater).Distinct().Order()];
}
