namespace Rlhf.Statistics.Comparisons;

/// <summary>Percentile intervals by drawing whole clusters with replacement (Efron 1979): what belongs together, as replies to one prompt, is drawn together.</summary>
public static class ClusterBootstrap
{
    /// <summary>A 95 % interval for each of several figures.</summary>
    /// <typeparam name="T">What is drawn.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="cluster">The cluster of an item.</param>
    /// <param name="figures">Computes the figures of a sample; NaN where a sample has no such figure, which is left out then.</param>
    /// <param name="draws">How many samples.</param>
    /// <param name="seed">The seed of the drawing.</param>
    /// <returns>An interval for each figure; without items, or where no sample has the figure, NaN.</returns>
    public static IReadOnlyList<Interval> Intervals<T>(IEnumerable<T> items, Func<T, int> cluster, Func<IReadOnlyList<T>, IReadOnlyList<double>> figures, int draws = 100, int seed = 1)
    {
        var clusters = items.GroupBy(cluster).OrderBy(group => group.Key).Select(group => group.ToArray()).ToArray();
        var random = new Random(seed);
        var drawn = new List<IReadOnlyList<double>>(draws);
        for (var draw = 0; draw < draws && clusters.Length > 0; draw++)
        {
            var sample = new List<T>();
            for (var i = 0; i < clusters.Length; i++)
            {
                sample.AddRange(clusters[random.Next(clusters.Length)]);
            }

            drawn.Add(figures(sample));
        }

        return [.. Enumerable.Range(0, drawn.Count == 0 ? 0 : drawn[0].Count).Select(figure => Middle([.. drawn.Select(one => one[figure]).Where(double.IsFinite).Order()]))];
    }

    private static Interval Middle(double[] sorted) => sorted.Length == 0 ? new Interval(double.NaN, double.NaN) : new Interval(Quantile(sorted, 0.025), Quantile(sorted, 0.975));

    private static double Quantile(double[] sorted, double part)
    {
        var place = part * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below]));
    }
}
