namespace Rlhf.Statistics;

/// <summary>Shares by Thompson sampling: each contestant gets the probability that it is the best, under a uniform prior and the Beta posterior of its
/// observations (Thompson 1933; Chapelle and Li 2011), computed by integration and not by drawing, so that the same observations give the same shares.</summary>
public static class Thompson
{
    private const int Points = 4096;

    /// <summary>The shares, in whole percents that add up to 1.</summary>
    /// <param name="samples">The contestants' observations.</param>
    /// <param name="least">What each gets at least.</param>
    /// <exception cref="ArgumentException">There are no contestants, or more than can have so much.</exception>
    public static double[] Shares(IReadOnlyList<BoundedSample> samples, double least)
    {
        if (samples.Count == 0 || samples.Count * least > 1)
        {
            throw new ArgumentException($"{samples.Count} contestants cannot have {least} each.", nameof(samples));
        }

        var spare = 1 - (samples.Count * least);
        var percents = ProbabilityOfBest(samples).Select(best => (int)Math.Round(100 * (least + (spare * best)))).ToArray();
        percents[Array.IndexOf(percents, percents.Max())] += 100 - percents.Sum();
        return [.. percents.Select(percent => percent / 100.0)];
    }

    /// <summary>For each contestant ∫ f(x) ∏ F(x) dx, with its own posterior density f and the others' distribution functions F.</summary>
    public static double[] ProbabilityOfBest(IReadOnlyList<BoundedSample> samples)
    {
        var densities = samples.Select(Density).ToArray();
        var distributions = densities.Select(Distribution).ToArray();
        var best = new double[samples.Count];
        for (var i = 0; i < samples.Count; i++)
        {
            for (var point = 0; point < Points; point++)
            {
                var others = 1.0;
                for (var j = 0; j < samples.Count; j++)
                {
                    others *= j == i ? 1 : distributions[j][point];
                }

                best[i] += densities[i][point] * others;
            }
        }

        var sum = best.Sum(); // 1 but for the grid
        return [.. best.Select(probability => probability / sum)];
    }

    private static double[] Density(BoundedSample sample)
    {
        var logs = Enumerable.Range(0, Points).Select(point => ConfidenceSequence.LogLikelihood(sample, (point + 0.5) / Points)).ToArray();
        var most = logs.Max();
        var density = logs.Select(log => Math.Exp(log - most)).ToArray();
        var sum = density.Sum();
        return [.. density.Select(one => one / sum)];
    }

    /// <summary>Up to the middle of each cell: half of a tie in one cell goes to either.</summary>
    private static double[] Distribution(double[] density)
    {
        var (below, distribution) = (0.0, new double[density.Length]);
        for (var point = 0; point < density.Length; point++)
        {
            distribution[point] = below + (density[point] / 2);
            below += density[point];
        }

        return distribution;
    }
}
