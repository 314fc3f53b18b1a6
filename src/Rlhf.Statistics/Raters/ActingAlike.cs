namespace Rlhf.Statistics.Raters;

/// <summary>Two raters who say the same of the same items, more than others do.</summary>
/// <param name="First">The rater of the lower number.</param>
/// <param name="Second">The other one.</param>
/// <param name="Shared">Items that both answered.</param>
/// <param name="Same">Of those, how many they answered alike.</param>
public readonly record struct AlikePair(int First, int Second, int Shared, int Same);

/// <summary>Finds accounts that act as one.</summary>
public static class ActingAlike
{
    private const int LeastShared = 10;
    private const int MostAnswers = 50; // an item that everybody answered tells nothing of a pair, and has a great many of them
    private const double Significance = 0.001;

    /// <summary>The pairs that agree more often than two raters usually do here: a binomial test with Bonferroni's correction for all pairs that share ten items.</summary>
    /// <param name="answers">The answers, at most one of a rater on an item. Those of raters who contradict everybody are to be left out: beside them all others look alike.</param>
    /// <param name="accuracyOf">How often a rater is right: two who always are agree always.</param>
    public static IReadOnlyList<AlikePair> Find(IEnumerable<Answer> answers, Func<int, double> accuracyOf)
    {
        var pairs = new Dictionary<(int First, int Second), (int Shared, int Same)>();
        foreach (var item in answers.GroupBy(answer => answer.Item).Select(item => item.OrderBy(answer => answer.Rater).ToList()).Where(item => item.Count is >= 2 and <= MostAnswers))
        {
            for (var i = 0; i < item.Count; i++)
            {
                for (var j = i + 1; j < item.Count; j++)
                {
                    var key = (item[i].Rater, item[j].Rater);
                    var (shared, same) = pairs.GetValueOrDefault(key);
                    pairs[key] = (shared + 1, same + (item[i].Label == item[j].Label ? 1 : 0));
                }
            }
        }

        var (allShared, allSame) = (pairs.Values.Sum(pair => (long)pair.Shared), pairs.Values.Sum(pair => (long)pair.Same));
        var tested = pairs.Where(pair => pair.Value.Shared >= LeastShared).ToList();
        return [.. tested
            .Where(pair =>
            {
                // What is usual among the others, so that a pair is not compared with itself, or what two as good as these come to.
                var usual = (allSame - pair.Value.Same + 1.0) / (allShared - pair.Value.Shared + 2.0);
                var (first, second) = (accuracyOf(pair.Key.First), accuracyOf(pair.Key.Second));
                var rate = Math.Max(usual, (first * second) + ((1 - first) * (1 - second)));
                return UpperTail(pair.Value.Shared, pair.Value.Same, rate) < Significance / tested.Count;
            })
            .Select(pair => new AlikePair(pair.Key.First, pair.Key.Second, pair.Value.Shared, pair.Value.Same))
            .OrderBy(pair => (pair.First, pair.Second))];
    }

    /// <summary>The probability of at least so many successes of a binomial distribution.</summary>
    internal static double UpperTail(int trials, int successes, double rate)
    {
        var logChoose = 0.0; // of the term at hand, from no success on
        var tail = 0.0;
        for (var k = 0; k <= trials; k++)
        {
            if (k >= successes)
            {
                tail += Math.Exp(logChoose + (k * Math.Log(rate)) + ((trials - k) * Math.Log(1 - rate)));
            }

            logChoose += Math.Log(trials - k) - Math.Log(k + 1);
        }

        return Math.Min(1, tail);
    }
}
