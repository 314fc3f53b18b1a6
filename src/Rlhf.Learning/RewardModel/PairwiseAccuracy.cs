namespace Rlhf.Learning.RewardModel;

/// <summary>How well scores order replies as people did.</summary>
internal static class PairwiseAccuracy
{
    /// <summary>
    /// The share of pairs in the right order, ties half: of a thumb up and a thumb down (which is the AUROC), of two different
    /// ratings, of two places in a ranking. The kinds of feedback count by their numbers; NaN where there is no pair.
    /// </summary>
    /// <param name="examples">The feedback.</param>
    /// <param name="scores">One score a reply, in the examples' order.</param>
    internal static double Of(IReadOnlyList<RewardExample> examples, IReadOnlyList<double> scores)
    {
        var (thumbs, ratings, ranked) = (new List<(double Score, bool Up)>(), new List<(double Score, int Stars)>(), new List<double>());
        var row = 0;
        foreach (var example in examples)
        {
            switch (example)
            {
                case ThumbExample thumb:
                    thumbs.Add((scores[row], thumb.Up));
                    break;
                case RatingExample rating:
                    ratings.Add((scores[row], rating.Stars));
                    break;
                case RankingExample ranking:
                    for (var better = 0; better < ranking.Replies.Count; better++)
                    {
                        for (var worse = better + 1; worse < ranking.Replies.Count; worse++)
                            ranked.Add(Right(scores[row + better], scores[row + worse]));
                    }

                    break;
            }

            row += example.Inputs.Count;
        }

        (double Order, int Count)[] kinds =
        [
            (Auroc.Of([.. thumbs.Select(t => t.Score)], [.. thumbs.Select(t => t.Up)]), thumbs.Count),
            (Concordance(ratings), ratings.Count),
            (ranked.DefaultIfEmpty(double.NaN).Average(), ranked.Count),
        ];
        var known = kinds.Where(kind => kind.Count > 0 && double.IsFinite(kind.Order)).ToArray();
        return known.Length == 0 ? double.NaN : known.Sum(kind => kind.Order * kind.Count) / known.Sum(kind => kind.Count);
    }

    private static double Concordance(List<(double Score, int Stars)> ratings)
    {
        double right = 0;
        long pairs = 0;
        foreach (var (score, stars) in ratings)
        {
            foreach (var worse in ratings)
            {
                if (worse.Stars < stars)
                {
                    right += Right(score, worse.Score);
                    pairs++;
                }
            }
        }

        return right / pairs;
    }

    private static double Right(double better, double worse) => better > worse ? 1 : better == worse ? 0.5 : 0;
}
