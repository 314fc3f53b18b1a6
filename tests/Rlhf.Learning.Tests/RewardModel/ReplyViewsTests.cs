using Rlhf.Inference;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Tests.RewardModel;

public sealed class ReplyViewsTests
{
    private const int Buckets = 1 << 20;
    private static readonly DialogueMessage[] Asked = [("assistant", "what can I get you"), ("user", "an iced mocha"), ("tool", "options: hot, iced")];

    [Fact]
    public void What_the_user_asked_for_and_the_reply_leaves_out_is_seen()
    {
        var whole = ReplyViews.Of(Asked, "an iced mocha", Buckets);
        var partly = ReplyViews.Of(Asked, "a mocha", Buckets);

        Assert.Empty(whole.LeftOut);
        Assert.Contains(Buckets + NGrams.Bucket("left out", "iced", Buckets), partly.LeftOut);
        Assert.DoesNotContain(Buckets + NGrams.Bucket("left out", "mocha", Buckets), partly.LeftOut);
    }

    [Fact]
    public void Invented_is_what_neither_user_nor_tools_have_said()
    {
        var views = ReplyViews.Of(Asked, "hot decaf mocha", Buckets);

        Assert.Equal([Buckets + NGrams.Bucket("invented by text", "decaf", Buckets)], views.Invented);
    }

    [Fact]
    public void A_tool_call_is_told_from_text_and_from_another_function()
    {
        string[] replies = ["mocha", """<call> {"find": {"query": "mocha"}}""", """<call> {"order": {"query": "mocha"}}"""];

        var counts = replies.Select(reply => ReplyViews.Of(Asked, reply, Buckets).Counts).ToArray();

        Assert.Empty(counts[0].Intersect(counts[1]));
        Assert.Empty(counts[1].Intersect(counts[2]));
    }

    [Fact]
    public void Near_counts_are_alike()
    {
        var (none, one, three) = (Counts("an iced mocha"), Counts("an mocha"), Counts("ok"));

        Assert.True(none.Intersect(one).Count() > none.Intersect(three).Count() - 1);
        Assert.True(three.Intersect(one).Count() > three.Intersect(none).Count());

        static int[] Counts(string reply) => ReplyViews.Of(Asked, reply, Buckets).Counts;
    }

    [Fact]
    public void All_holds_every_feature_once_and_ascending_words_before_agreement()
    {
        var views = ReplyViews.Of(Asked, "a mocha", buckets: 64);

        Assert.All(views.Words, word => Assert.InRange(word, 0, 63));
        Assert.All(views.LeftOut.Concat(views.Invented).Concat(views.Counts), feature => Assert.InRange(feature, 64, 127));

        Assert.Equal(views.Each.SelectMany(view => view).Distinct().Order(), views.All);
    }
}
