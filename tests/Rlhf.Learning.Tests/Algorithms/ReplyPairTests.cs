using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class ReplyPairTests
{
    [Fact]
    public void Every_liked_reply_is_set_against_every_disliked_one_to_the_same_prompt()
    {
        RatedRollout[] rated = [Rated(1, 10, up: true), Rated(1, 11, up: false, weight: 0.5), Rated(1, 12, up: true), Rated(2, 13, up: false), Rated(2, 14, up: true)];

        var pairs = ReplyPair.Of(rated);

        Assert.Equal([(10, 11, 0.5), (12, 11, 0.5), (14, 13, 1.0)], pairs.Select(pair => (pair.Chosen.Reply[0], pair.Rejected.Reply[0], pair.Weight)));
    }

    [Fact]
    public void A_text_that_was_liked_and_disliked_is_no_pair()
        => Assert.Empty(ReplyPair.Of([Rated(1, 10, up: true), Rated(1, 10, up: false)]));

    [Fact]
    public void A_rater_who_is_not_trusted_makes_no_pair()
        => Assert.Empty(ReplyPair.Of([Rated(1, 10, up: true), Rated(1, 11, up: false, weight: 0)]));

    private static RatedRollout Rated(int prompt, int reply, bool up, double weight = 1)
        => new(new Rollout(new RolloutPrompt([("user", "hi")], [prompt]), [reply], [], "x", true), up, weight);
}
