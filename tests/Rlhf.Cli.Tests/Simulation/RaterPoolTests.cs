using Rlhf.Cli.Simulation;

namespace Rlhf.Cli.Tests.Simulation;

public sealed class RaterPoolTests
{
    private static readonly Taste LikesA = TasteFile.Parse("""{"name":"a","features":[{"pattern":"a","weight":1}]}""", "a.json");

    [Fact]
    public void Without_noise_a_rater_presses_up_only_above_the_threshold()
    {
        var raters = new RaterPool(LikesA, 0.5, 0, 40, 1);

        Assert.All(Enumerable.Range(0, 200), chat => Assert.True(raters.Up(chat, "a")));
        Assert.All(Enumerable.Range(0, 200), chat => Assert.False(raters.Up(chat, "b")));
        Assert.False(new RaterPool(LikesA, 1, 0, 40, 1).Up(0, "a"));
    }

    [Fact]
    public void With_noise_one_a_rater_always_presses_the_other_thumb() =>
        Assert.All(Enumerable.Range(0, 200), chat => Assert.False(new RaterPool(LikesA, 0.5, 1, 40, 1).Up(chat, "a")));

    [Fact]
    public void Noise_flips_about_its_share_and_the_same_chats_for_the_same_seed()
    {
        var raters = new RaterPool(LikesA, 0.5, 0.25, 40, 3);
        var flipped = Enumerable.Range(0, 4000).Where(chat => !raters.Up(chat, "a")).ToArray();

        Assert.InRange(flipped.Length, 850, 1150);
        Assert.Equal(flipped, Enumerable.Range(0, 4000).Where(chat => !new RaterPool(LikesA, 0.5, 0.25, 40, 3).Up(chat, "a")));
    }

    [Fact]
    public void Stars_are_the_part_of_the_base_replies_that_a_reply_would_be_among_and_who_slips_counts_from_the_other_end()
    {
        var taste = TasteFile.Parse("""{"name":"words","features":[{"pattern":"a","weight":1},{"pattern":"b","weight":1}]}""", "words.json");
        var cuts = RaterPool.Cuts([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5);
        Assert.Equal([2, 4, 6, 8], cuts);
        Assert.Equal([1, 2, 3], new[] { "", "a", "ab" }.Select(reply => new RaterPool(taste, 0.5, 0, 40, 1, [0.5, 1.5]).Stars(0, reply)));
        Assert.Equal([3, 2, 1], new[] { "", "a", "ab" }.Select(reply => new RaterPool(taste, 0.5, 1, 40, 1, [0.5, 1.5]).Stars(0, reply)));
    }

    [Fact]
    public void All_raters_share_the_work()
    {
        var raters = new RaterPool(LikesA, 0.5, 0.25, 40, 1);

        Assert.Equal(40, Enumerable.Range(0, 2000).Select(raters.Rater).Distinct().Count());
    }

    [Theory]
    [InlineData(new[] { 3.0 }, 3)]
    [InlineData(new[] { 9.0, 1, 5 }, 5)]
    [InlineData(new[] { 4.0, 1, 2, 8 }, 3)]
    public void The_median_is_the_middle(double[] values, double median) => Assert.Equal(median, RaterPool.Median(values));
}
