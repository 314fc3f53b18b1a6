namespace Rlhf.Grains.Raters;

/// <summary>How far a rater is to be trusted, by agreement with others on the same replies.</summary>
internal static class Reliability
{
    /// <summary>No rater is silenced by disagreement alone; that is what quarantine is for.</summary>
    public const double Least = 0.05;

    /// <summary>A newcomer counts as if four of five comparisons had agreed, which is full weight.</summary>
    private const double PriorAgreed = 4, PriorCompared = 5;

    /// <summary>The posterior mean of the rate of agreement under a Beta(4, 1) prior, stretched so that chance (½)
    /// gives nothing and 0.8 gives 1: with two raters of 25 % noise each, agreement is 0.625.</summary>
    public static double Weight(long agreed, long disagreed)
    {
        var rate = (agreed + PriorAgreed) / (agreed + disagreed + PriorCompared);
        return Math.Clamp((rate - 0.5) / 0.3, Least, 1);
    }
}
