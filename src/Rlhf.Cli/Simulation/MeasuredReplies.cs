using Rlhf.Learning.Rewards;

namespace Rlhf.Cli.Simulation;

/// <summary>One version's replies to the held-out prompts.</summary>
/// <param name="Gold">The gold reward of each.</param>
/// <param name="Texts">What they say.</param>
internal sealed record MeasuredReplies(double[] Gold, string[] Texts)
{
    /// <summary>Their length and variety.</summary>
    public ReplyShape Shape => new(Texts.Average(text => (double)Taste.Words(text)), NGramCounts.Distinct(Texts, 2));
}

/// <summary>What replies look like, whatever they are worth.</summary>
/// <param name="Words">Mean words of a reply.</param>
/// <param name="Distinct2">Different 2-grams of words over all of them.</param>
internal sealed record ReplyShape(double Words, double Distinct2);
