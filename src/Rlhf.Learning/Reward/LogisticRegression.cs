namespace Rlhf.Learning.Reward;

/// <summary>One example of a linear model.</summary>
/// <param name="Dense">The dense features.</param>
/// <param name="Sparse">Indices of the sparse features that are present; each counts 1.</param>
public readonly record struct LinearFeatures(float[] Dense, int[] Sparse);

/// <summary>A linear model of log-odds: <c>z = dense·x + Σ sparse + bias</c>.</summary>
/// <param name="Dense">Weights of the dense features.</param>
/// <param name="Sparse">Weights of the sparse features.</param>
/// <param name="Bias">The bias.</param>
public sealed record LinearModel(float[] Dense, float[] Sparse, float Bias)
{
    /// <summary>The log-odds of an example.</summary>
    public double Score(in LinearFeatures x) => VectorMath.Dot(Dense, x.Dense) + SparseScore(x.Sparse);

    /// <summary>The part of the log-odds that does not come from dense features.</summary>
    public double SparseScore(int[] sparse)
    {
        double z = Bias;
        foreach (var i in sparse)
            z += Sparse[i];

        return z;
    }
}

/// <summary>
/// Weighted logistic regression with an L2 penalty, solved to convergence by <see cref="Lbfgs"/>. The problem is convex, so the
/// answer depends on nothing but the data. Minimises <c>Σ w·log(1 + e^(∓z)) / Σ w + ½·(denseL2·‖dense‖² + sparseL2·‖sparse‖²)</c>.
/// </summary>
public static class LogisticRegression
{
    /// <summary>Fits a model.</summary>
    /// <param name="examples">The features, at least one example.</param>
    /// <param name="up">The classes, of the same length.</param>
    /// <param name="weights">What each example counts, of the same length; their sum is above 0.</param>
    /// <param name="sparseSize">How many sparse features there are.</param>
    /// <param name="denseL2">Penalty on the dense weights.</param>
    /// <param name="sparseL2">Penalty on the sparse weights.</param>
    /// <param name="iterations">L-BFGS steps, at most.</param>
    public static LinearModel Fit(
        IReadOnlyList<LinearFeatures> examples,
        IReadOnlyList<bool> up,
        IReadOnlyList<double> weights,
        int sparseSize,
        double denseL2,
        double sparseL2,
        int iterations = 100)
    {
        if (examples.Count == 0 || up.Count != examples.Count || weights.Count != examples.Count)
        {
            throw new ArgumentException($"There are {examples.Count} examples, {up.Count} labels and {weights.Count} weights; there must be as many of each, and one at least.", nameof(examples));
        }

        var total = weights.Sum();
        if (!(total > 0))
        {
            throw new ArgumentException($"The examples' weights add up to {total}; something above 0 is needed to learn from.", nameof(weights));
        }

        // Layout of the parameters: dense, then sparse, then the bias.
        var dense = examples[0].Dense.Length;
        var bias = dense + sparseSize;
        var parameters = new double[bias + 1];
        Lbfgs.Minimise(parameters, Objective, iterations);
        return new LinearModel(Single(parameters[..dense]), Single(parameters[dense..bias]), (float)parameters[bias]);

        double Objective(double[] p, double[] gradient)
        {
            double loss = 0;
            for (var i = 0; i < bias; i++)
            {
                var l2 = i < dense ? denseL2 : sparseL2;
                loss += 0.5 * l2 * p[i] * p[i];
                gradient[i] = l2 * p[i];
            }

            gradient[bias] = 0;
            var point = Single(p);
            var slopes = new float[dense];
            for (var e = 0; e < examples.Count; e++)
            {
                if (weights[e] == 0)
                    continue;

                var x = examples[e];
                var z = p[bias] + VectorMath.Dot(point.AsSpan(0, dense), x.Dense);
                foreach (var s in x.Sparse)
                    z += p[dense + s];

                var sign = up[e] ? 1 : -1;
                var w = weights[e] / total;
                loss += w * Softplus(-sign * z);
                var slope = -sign * w / (1 + Math.Exp(sign * z));
                VectorMath.AddScaled(slopes, (float)slope, x.Dense);
                foreach (var s in x.Sparse)
                    gradient[dense + s] += slope;

                gradient[bias] += slope;
            }

            for (var i = 0; i < dense; i++)
                gradient[i] += slopes[i];

            return loss;
        }
    }

    private static float[] Single(double[] values) => Array.ConvertAll(values, v => (float)v);

    /// <summary>The cross-entropy of log-odds <paramref name="z"/> against a label.</summary>
    public static double Loss(double z, bool up) => Softplus(up ? -z : z);

    private static double Softplus(double z) => Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
}
