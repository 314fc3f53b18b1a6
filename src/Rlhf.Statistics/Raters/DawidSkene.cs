namespace Rlhf.Statistics.Raters;

/// <summary>
/// Dawid and Skene's model of raters (Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, 1979): each rater has a confusion
/// matrix, each item a true label; both are estimated from the answers. With two labels it is the two-coin model of Raykar et al. (2010). It differs from
/// the paper in that every rater starts with a few answers of an average rater's (a Dirichlet prior): one who answered once is neither an oracle nor a liar.
/// </summary>
public sealed class DawidSkene
{
    private const int MostIterations = 100;
    private const double Converged = 1e-5;

    private DawidSkene(double[] prior, double[,,] confusion, double[,] posterior) =>
        (Prior, Confusion, Posterior) = (prior, confusion, posterior);

    /// <summary>How frequent each label is.</summary>
    public double[] Prior { get; }

    /// <summary>(rater, true label, given label): the probability that the rater gives a label where another is true.</summary>
    public double[,,] Confusion { get; }

    /// <summary>(item, label): the probability that the label is the item's true one.</summary>
    public double[,] Posterior { get; }

    /// <summary>Fits the model by expectation maximisation, from the shares of the votes.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="items">How many items there are.</param>
    /// <param name="raters">How many raters there are.</param>
    /// <param name="labels">How many labels there are.</param>
    /// <param name="gold">True labels that are known.</param>
    /// <param name="priorAnswers">How many answers of an average rater each one begins with; 0 is the paper's maximum likelihood.</param>
    /// <param name="priorRight">How many of them are right.</param>
    public static DawidSkene Fit(
        IReadOnlyList<Answer> answers, int items, int raters, int labels, IReadOnlyDictionary<int, int>? gold = null, double priorAnswers = 5, double priorRight = 4)
    {
        var posterior = VoteShares(answers, items, labels);
        Clamp(posterior, labels, gold);
        var model = new DawidSkene(new double[labels], new double[raters, labels, labels], posterior);
        for (var iteration = 0; iteration < MostIterations; iteration++)
        {
            model.Maximise(answers, priorAnswers, priorRight);
            if (model.Expect(answers, gold) < Converged)
            {
                break;
            }
        }

        return model;
    }

    /// <summary>The most probable label of an item.</summary>
    public int LabelOf(int item)
    {
        var best = 0;
        for (var label = 1; label < Prior.Length; label++)
        {
            best = Posterior[item, label] > Posterior[item, best] ? label : best;
        }

        return best;
    }

    private static double[,] VoteShares(IReadOnlyList<Answer> answers, int items, int labels)
    {
        var shares = new double[items, labels];
        foreach (var (item, _, label) in answers)
        {
            shares[item, label]++;
        }

        for (var item = 0; item < items; item++)
        {
            Normalise(shares, item, labels);
        }

        return shares;
    }

    private static void Clamp(double[,] posterior, int labels, IReadOnlyDictionary<int, int>? gold)
    {
        foreach (var (item, known) in gold ?? new Dictionary<int, int>())
        {
            for (var label = 0; label < labels; label++)
            {
                posterior[item, label] = label == known ? 1 : 0;
            }
        }
    }

    /// <summary>M step: prior and confusion matrices from the posterior.</summary>
    private void Maximise(IReadOnlyList<Answer> answers, double priorAnswers, double priorRight)
    {
        var labels = Prior.Length;
        for (var label = 0; label < labels; label++)
        {
            Prior[label] = priorAnswers > 0 ? 1 : 0;
            for (var item = 0; item < Posterior.GetLength(0); item++)
            {
                Prior[label] += Posterior[item, label];
            }
        }

        var sum = Prior.Sum();
        for (var label = 0; label < labels; label++)
        {
            Prior[label] /= sum;
        }

        var wrong = labels > 1 ? (priorAnswers - priorRight) / (labels - 1) : 0;
        for (var rater = 0; rater < Confusion.GetLength(0); rater++)
        {
            for (var cell = 0; cell < labels * labels; cell++)
            {
                Confusion[rater, cell / labels, cell % labels] = cell / labels == cell % labels ? priorRight : wrong;
            }
        }

        foreach (var (item, rater, given) in answers)
        {
            for (var label = 0; label < labels; label++)
            {
                Confusion[rater, label, given] += Posterior[item, label];
            }
        }

        for (var rater = 0; rater < Confusion.GetLength(0); rater++)
        {
            for (var label = 0; label < labels; label++)
            {
                var all = 0.0;
                for (var given = 0; given < labels; given++)
                {
                    all += Confusion[rater, label, given];
                }

                for (var given = 0; given < labels; given++)
                {
                    Confusion[rater, label, given] = all > 0 ? Confusion[rater, label, given] / all : 1.0 / labels;
                }
            }
        }
    }

    /// <summary>E step: the posterior from prior and confusion matrices.</summary>
    /// <returns>The largest change of a probability.</returns>
    private double Expect(IReadOnlyList<Answer> answers, IReadOnlyDictionary<int, int>? gold)
    {
        var (items, labels) = (Posterior.GetLength(0), Prior.Length);
        var logarithms = LogConfusion();
        var next = new double[items, labels];
        for (var item = 0; item < items; item++)
        {
            for (var label = 0; label < labels; label++)
            {
                next[item, label] = Log(Prior[label]);
            }
        }

        foreach (var (item, rater, given) in answers)
        {
            for (var label = 0; label < labels; label++)
            {
                next[item, label] += logarithms[rater, label, given];
            }
        }

        for (var item = 0; item < items; item++)
        {
            var most = next[item, 0];
            for (var label = 1; label < labels; label++)
            {
                most = Math.Max(most, next[item, label]);
            }

            for (var label = 0; label < labels; label++)
            {
                next[item, label] = Math.Exp(next[item, label] - most);
            }

            Normalise(next, item, labels);
        }

        Clamp(next, labels, gold);
        var change = 0.0;
        for (var item = 0; item < items; item++)
        {
            for (var label = 0; label < labels; label++)
            {
                change = Math.Max(change, Math.Abs(next[item, label] - Posterior[item, label]));
                Posterior[item, label] = next[item, label];
            }
        }

        return change;
    }

    private double[,,] LogConfusion()
    {
        var logarithms = (double[,,])Confusion.Clone();
        for (var rater = 0; rater < logarithms.GetLength(0); rater++)
        {
            for (var cell = 0; cell < Prior.Length * Prior.Length; cell++)
            {
                var (label, given) = (cell / Prior.Length, cell % Prior.Length);
                logarithms[rater, label, given] = Log(logarithms[rater, label, given]);
            }
        }

        return logarithms;
    }

    private static double Log(double probability) => Math.Log(Math.Max(probability, 1e-300));

    private static void Normalise(double[,] rows, int row, int columns)
    {
        var sum = 0.0;
        for (var column = 0; column < columns; column++)
        {
            sum += rows[row, column];
        }

        for (var column = 0; column < columns; column++)
        {
            rows[row, column] = sum > 0 ? rows[row, column] / sum : 1.0 / columns;
        }
    }
}
