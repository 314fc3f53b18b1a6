using Rlhf.Inference;

namespace Rlhf.Learning.Evaluation;

/// <summary>A mean with the interval that resampling gives it.</summary>
/// <param name="Mean">The mean of the sample.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end.</param>
public readonly record struct Interval(double Mean, double Low, double High);

/// <summary>Percentile bootstrap (Efron 1979).</summary>
public static class Bootstrap
{
    /// <summary>The mean of <paramref name="sample"/> and its interval. A paired comparison passes the differences.</summary>
    /// <param name="sample">At least one value; they are independent of each other.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <param name="resamples">Resamples drawn with replacement.</param>
    /// <param name="confidence">Coverage of the interval, between 0 and 1.</param>
    public static Interval Mean(IReadOnlyList<double> sample, ulong seed, int resamples = 1000, double confidence = 0.95) =>
        MeanByCluster(sample, [.. Enumerable.Range(0, sample.Count)], seed, resamples, confidence);

    /// <summary>The mean of <paramref name="sample"/> and the interval that comes of resampling whole clusters: what belongs to one cluster, such as
    /// replies to one prompt, is alike and counts as one observation (cluster bootstrap: Davison and Hinkley 1997, section 3.8).</summary>
    /// <param name="sample">At least one value.</param>
    /// <param name="clusters">The cluster of each value.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <param name="resamples">Resamples drawn with replacement.</param>
    /// <param name="confidence">Coverage of the interval, between 0 and 1.</param>
    public static Interval MeanByCluster(IReadOnlyList<double> sample, IReadOnlyList<int> clusters, ulong seed, int resamples = 1000, double confidence = 0.95)
    {
        if (sample.Count == 0 || clusters.Count != sample.Count)
            throw new ArgumentException($"A bootstrap needs at least one value and a cluster for each; there are {sample.Count} values and {clusters.Count} clusters.", nameof(sample));

        (double Sum, int Count)[] totals = [.. sample.Zip(clusters).GroupBy(pair => pair.Second, pair => pair.First).Select(cluster => (cluster.Sum(), cluster.Count()))];
        var random = SeededRandom.For(seed, "bootstrap");
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var (sum, count) = (0.0, 0);
            for (var i = 0; i < totals.Length; i++)
            {
                var drawn = totals[random.Next(totals.Length)];
                sum += drawn.Sum;
                count += drawn.Count;
            }

            means[r] = sum / count;
        }

        Array.Sort(means);
        var tail = (1 - confidence) / 2;
        return new Interval(sample.Average(), means[(int)(tail * (resamples - 1))], means[(int)Math.Ceiling((1 - tail) * (resamples - 1))]);
    }
}
