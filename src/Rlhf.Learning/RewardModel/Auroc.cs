namespace Rlhf.Learning.RewardModel;

/// <summary>Figures of how well scores tell ups from downs.</summary>
public static class Auroc
{
    /// <summary>
    /// The probability that a random positive scores above a random negative, ties counting half, by the rank-sum identity of
    /// Mann and Whitney. NaN when one class is absent.
    /// </summary>
    /// <param name="scores">One score an example, finite.</param>
    /// <param name="positive">The classes, of the same length.</param>
    public static double Of(IReadOnlyList<double> scores, IReadOnlyList<bool> positive)
    {
        if (scores.Count != positive.Count)
            throw new ArgumentException($"There are {scores.Count} scores and {positive.Count} labels; each example needs one of both.", nameof(positive));

        var order = Enumerable.Range(0, scores.Count).OrderBy(i => scores[i]).ToArray();
        double rankSum = 0;
        long positives = 0;
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && scores[order[end]] == scores[order[start]])
                end++;

            // All of a tie share the mean of the ranks start+1 … end.
            var rank = (start + 1 + end) / 2.0;
            for (var i = start; i < end; i++)
            {
                if (positive[order[i]])
                {
                    rankSum += rank;
                    positives++;
                }
            }

            start = end;
        }

        var negatives = scores.Count - positives;
        return positives == 0 || negatives == 0
            ? double.NaN
            : (rankSum - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
    }

    /// <summary>The share of examples on the right side of <paramref name="threshold"/>.</summary>
    public static double Accuracy(IReadOnlyList<double> scores, IReadOnlyList<bool> positive, double threshold = 0)
    {
        if (scores.Count != positive.Count)
            throw new ArgumentException($"There are {scores.Count} scores and {positive.Count} labels; each example needs one of both.", nameof(positive));

        return scores.Count == 0 ? double.NaN : Enumerable.Range(0, scores.Count).Count(i => scores[i] > threshold == positive[i]) / (double)scores.Count;
    }
}
