using Rlhf.Inference;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Data;

/// <summary>The feedback in two parts that share no rater: one for the reward model that the policy learns from, one for the gate's.</summary>
/// <param name="Reward">What the policy's reward model learns from.</param>
/// <param name="Gate">What the gate's learns from; empty where the feedback does not suffice for two models, and the policy's judges.</param>
internal sealed record JudgeSplit(IReadOnlyList<Judgement> Reward, IReadOnlyList<Judgement> Gate)
{
    // With fewer raters a part may hang on one person's taste: then conversations are split.
    private const int FewRaters = 8;

    /// <summary>Splits by a hash of the rater, or of the conversation where there are few raters; who is on one side stays there in every run.</summary>
    /// <param name="judgements">All feedback.</param>
    /// <param name="gateShare">The gate's share of the raters.</param>
    /// <param name="leastOfEach">What a model needs (<see cref="JudgementCounts.Suffice"/>).</param>
    public static JudgeSplit Of(IReadOnlyList<Judgement> judgements, double gateShare, int leastOfEach)
    {
        var byRater = judgements.Select(said => said.Rater).Distinct().Count() >= FewRaters;
        var sides = judgements.ToLookup(said => SeededRandom.Hash(0, "gate/" + (byRater ? said.Rater : said.Group)) / (double)ulong.MaxValue < gateShare);
        Judgement[] reward = [.. sides[false]], gate = [.. sides[true]];
        return JudgementCounts.Of(reward).Suffice(leastOfEach) && JudgementCounts.Of(gate).Suffice(leastOfEach) ? new JudgeSplit(reward, gate) : new JudgeSplit(judgements, []);
    }
}
