namespace Rlhf.Learning.RewardModel;

/// <summary>The losses of human feedback on scores, with their slopes. All are convex in scores and thresholds together.</summary>
internal static class PreferenceLoss
{
    /// <summary>Binary cross-entropy: <c>log(1 + e^(∓z))</c>.</summary>
    internal static double Thumb(double z, bool up, out double slope)
    {
        slope = Sigmoid(z) - (up ? 1 : 0);
        return Softplus(up ? -z : z);
    }

    /// <summary>
    /// Ordinal regression with all thresholds (Rennie and Srebro 2005): each asks whether the rating lies above it, as a thumb would.
    /// The mean over the thresholds, so that a rating weighs as much as a thumb.
    /// </summary>
    /// <param name="z">The score.</param>
    /// <param name="stars">The rating, from 1.</param>
    /// <param name="thresholds">One fewer than there are stars, ascending.</param>
    /// <param name="slope">The slope in the score.</param>
    /// <param name="thresholdSlopes">The slope in each threshold is added here.</param>
    internal static double Rating(double z, int stars, ReadOnlySpan<double> thresholds, out double slope, Span<double> thresholdSlopes)
    {
        double loss = 0;
        slope = 0;
        for (var k = 0; k < thresholds.Length; k++)
        {
            loss += Thumb(z - thresholds[k], stars > k + 1, out var own) / thresholds.Length;
            slope += own / thresholds.Length;
            thresholdSlopes[k] -= own / thresholds.Length;
        }

        return loss;
    }

    /// <summary>
    /// Plackett-Luce (Luce 1959; Plackett 1975): the best is chosen from all, the second from the rest, and so on; those not chosen
    /// get the margin on top. With two replies this is <c>−log σ(r₁ − r₂ − margin)</c> and the centring <c>c·(r₁ + r₂)²</c>
    /// (Eisenstein et al. 2023); with more, the centring is <c>c·(2·mean)²</c>.
    /// </summary>
    /// <param name="scores">Best first.</param>
    /// <param name="margin">By how much a better score should lead.</param>
    /// <param name="centring">c.</param>
    /// <param name="slopes">Receives the slope in each score.</param>
    internal static double Ranking(ReadOnlySpan<double> scores, double margin, double centring, Span<double> slopes)
    {
        slopes.Clear();
        double loss = 0, sum = 0;
        for (var first = 0; first < scores.Length - 1; first++)
        {
            var highest = scores[first];
            for (var i = first + 1; i < scores.Length; i++)
                highest = Math.Max(highest, scores[i] + margin);

            double total = 0;
            for (var i = first; i < scores.Length; i++)
                total += Math.Exp(scores[i] + (i > first ? margin : 0) - highest);

            loss += highest + Math.Log(total) - scores[first];
            slopes[first] -= 1;
            for (var i = first; i < scores.Length; i++)
                slopes[i] += Math.Exp(scores[i] + (i > first ? margin : 0) - highest) / total;
        }

        foreach (var score in scores)
            sum += score;

        var centre = 2 * sum / scores.Length;
        for (var i = 0; i < scores.Length; i++)
            slopes[i] += centring * 2 * centre * 2 / scores.Length;

        return loss + (centring * centre * centre);
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static double Softplus(double z) => Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
}
