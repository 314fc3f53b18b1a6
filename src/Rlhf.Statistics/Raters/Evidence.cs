namespace Rlhf.Statistics.Raters;

/// <summary>What others' answers and gold questions say of one rater's.</summary>
/// <param name="agreeing">For each informative answer: the probability that it is the true label, by everybody else.</param>
internal sealed class Evidence(double[] agreeing)
{
    private const int Iterations = 50;
    private const double Converged = 1e-9;
    private const int MostExact = 150;
    private const double Step = 0.05;

    public int Count => agreeing.Length;

    /// <summary>The rate of true answers that explains the agreement best, under a Beta prior.</summary>
    /// <param name="right">Answers that count as right beforehand.</param>
    /// <param name="all">Answers that count beforehand.</param>
    public double Accuracy(double right, double all)
    {
        var accuracy = right / all;
        for (var i = 0; i < Iterations; i++)
        {
            var next = (ExpectedTrue(accuracy) + right) / (agreeing.Length + all);
            if (Math.Abs(next - accuracy) < Converged)
            {
                return next;
            }

            accuracy = next;
        }

        return accuracy;
    }

    /// <summary>The expected number of true answers, where a rater tells the truth at a rate.</summary>
    public double ExpectedTrue(double accuracy)
    {
        var sum = 0.0;
        foreach (var q in agreeing)
        {
            sum += accuracy * q / ((accuracy * q) + ((1 - accuracy) * (1 - q)));
        }

        return sum;
    }

    /// <summary>The probability that a rater who tells the truth at a rate looks at most as good as this one does. The measure is the log-likelihood ratio of
    /// such a rater against one who says the contrary. Exact on a grid of 0.05 nats for up to 150 answers, by the normal distribution beyond.</summary>
    public double TailOf(double accuracy)
    {
        // Each answer agrees with the more probable label, or does not: (its ratio, the probability that it agrees).
        var terms = agreeing.Select(q =>
        {
            var likely = Math.Max(q, 1 - q);
            var agrees = (accuracy * likely) + ((1 - accuracy) * (1 - likely));
            return (Ratio: Math.Log(agrees / (1 - agrees)), Agrees: agrees, Agreed: q >= 0.5);
        }).ToList();
        var seen = terms.Sum(term => term.Agreed ? term.Ratio : -term.Ratio);
        return terms.Count <= MostExact ? Exact(terms, seen) : Normal(terms, seen);
    }

    private static double Exact(List<(double Ratio, double Agrees, bool Agreed)> terms, double seen)
    {
        var steps = terms.Select(term => (int)Math.Round(term.Ratio / Step)).ToArray();
        var reach = steps.Sum();
        var distribution = new double[(2 * reach) + 1];
        distribution[reach] = 1;
        foreach (var (term, step) in terms.Zip(steps))
        {
            var next = new double[distribution.Length];
            for (var i = 0; i < distribution.Length; i++)
            {
                if (distribution[i] > 0)
                {
                    next[i + step] += distribution[i] * term.Agrees;
                    next[i - step] += distribution[i] * (1 - term.Agrees);
                }
            }

            distribution = next;
        }

        var rounded = terms.Zip(steps, (term, step) => term.Agreed ? step : -step).Sum();
        return distribution.Take(reach + rounded + 1).Sum();
    }

    private static double Normal(List<(double Ratio, double Agrees, bool Agreed)> terms, double seen)
    {
        var mean = terms.Sum(term => term.Ratio * ((2 * term.Agrees) - 1));
        var variance = terms.Sum(term => 4 * term.Ratio * term.Ratio * term.Agrees * (1 - term.Agrees));
        return variance > 0 ? Cumulative((seen - mean) / Math.Sqrt(variance)) : 1;
    }

    /// <summary>The standard normal distribution, to 7.5e-8 (Abramowitz and Stegun 26.2.17).</summary>
    private static double Cumulative(double z)
    {
        var t = 1 / (1 + (0.2316419 * Math.Abs(z)));
        var upper = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return z > 0 ? 1 - upper : upper;
    }
}
