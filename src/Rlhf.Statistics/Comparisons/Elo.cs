namespace Rlhf.Statistics.Comparisons;

/// <summary>Elo's ratings, comparison after comparison in their order: K 4, base 10, scale 400, start 1000.</summary>
public static class Elo
{
    /// <summary>The rating that everybody begins with.</summary>
    public const double Start = 1000;

    private const double K = 4, Scale = 400;

    /// <summary>A Bradley-Terry strength on Elo's scale.</summary>
    public static double OfStrength(double strength) => Start + (Scale / Math.Log(10) * strength);

    /// <summary>Rates contestants.</summary>
    /// <param name="outcomes">The comparisons, oldest first.</param>
    /// <param name="contestants">How many contestants there are.</param>
    public static double[] Rate(IEnumerable<PairOutcome> outcomes, int contestants)
    {
        var ratings = Enumerable.Repeat(Start, contestants).ToArray();
        foreach (var outcome in outcomes)
        {
            var expected = 1 / (1 + Math.Pow(10, (ratings[outcome.Second] - ratings[outcome.First]) / Scale));
            var change = K * (outcome.Score - expected);
            ratings[outcome.First] += change;
            ratings[outcome.Second] -= change;
        }

        return ratings;
    }
}
