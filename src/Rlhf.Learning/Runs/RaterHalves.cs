using Rlhf.Inference;

namespace Rlhf.Learning.Runs;

/// <summary>The thumbs in two parts that share no rater: one for the reward model that the policy learns from, one for the gate's.</summary>
/// <param name="Reward">What the policy's reward model learns from.</param>
/// <param name="Gate">What the gate's learns from; empty where the thumbs do not suffice for two models, and the policy's judges.</param>
internal sealed record RaterHalves(IReadOnlyList<ThumbedReply> Reward, IReadOnlyList<ThumbedReply> Gate)
{
    // With fewer raters a part may hang on one person's taste: then conversations are split.
    private const int FewRaters = 8;

    /// <summary>Splits by a hash of the rater, or of the conversation where there are few raters; who is on one side stays there in every run.</summary>
    /// <param name="thumbs">All thumbs.</param>
    /// <param name="gateShare">The gate's share of the raters.</param>
    /// <param name="leastOfEach">Thumbs up and thumbs down that a model needs.</param>
    public static RaterHalves Of(IReadOnlyList<ThumbedReply> thumbs, double gateShare, int leastOfEach)
    {
        var byRater = thumbs.Select(thumb => thumb.Rater).Distinct().Count() >= FewRaters;
        var sides = thumbs.ToLookup(thumb => SeededRandom.Hash(0, "gate/" + (byRater ? thumb.Rater : thumb.Group)) / (double)ulong.MaxValue < gateShare);
        ThumbedReply[] reward = [.. sides[false]], gate = [.. sides[true]];
        return Suffice(reward) && Suffice(gate) ? new RaterHalves(reward, gate) : new RaterHalves(thumbs, []);

        bool Suffice(ThumbedReply[] part) =>
            part.Count(thumb => thumb.Weight > 0 && thumb.Up) >= leastOfEach && part.Count(thumb => thumb.Weight > 0 && !thumb.Up) >= leastOfEach;
    }
}
