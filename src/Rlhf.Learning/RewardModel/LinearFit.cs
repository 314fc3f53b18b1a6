using System.Numerics.Tensors;

namespace Rlhf.Learning.RewardModel;

/// <summary>One reply of a linear model.</summary>
/// <param name="Dense">The dense features.</param>
/// <param name="Sparse">Indices of the sparse features that are present, as <see cref="ReplyViews"/> has them; each counts 1.</param>
/// <param name="Kernel">Coordinates or values of the kernel; a shorter row ends in zeros.</param>
public readonly record struct LinearFeatures(float[] Dense, int[] Sparse, float[] Kernel);

/// <summary>A linear model of log-odds: <c>z = dense·x + Σ sparse + kernel·k + bias</c>.</summary>
/// <param name="Dense">Weights of the dense features.</param>
/// <param name="Sparse">Weights of the sparse features.</param>
/// <param name="Kernel">Weights of the kernel's coordinates or values.</param>
/// <param name="Bias">The bias.</param>
public sealed record LinearModel(float[] Dense, float[] Sparse, float[] Kernel, float Bias)
{
    /// <summary>The log-odds of a reply.</summary>
    public double Score(in LinearFeatures x) => TensorPrimitives.Dot(Dense, x.Dense) + Fixed(x);

    /// <summary>The part of the log-odds that does not come from dense features.</summary>
    public double Fixed(in LinearFeatures x)
    {
        // The shorter of the two ends in zeros.
        var shared = Math.Min(Kernel.Length, x.Kernel.Length);
        var z = Bias + TensorPrimitives.Dot(Kernel.AsSpan(0, shared), x.Kernel.AsSpan(0, shared));
        foreach (var i in x.Sparse)
            z += Sparse[i];

        return z;
    }
}

/// <summary>How strongly each kind of weights is shrunk: an L2 penalty, or <see cref="LeftOut"/>.</summary>
/// <param name="Dense">On the dense weights.</param>
/// <param name="Words">On the weights of the reply's words.</param>
/// <param name="Agreement">On the weights of how the reply agrees with its conversation.</param>
/// <param name="Kernel">On the weights of the kernel's coordinates.</param>
public readonly record struct Penalties(double Dense, double Words, double Agreement, double Kernel)
{
    /// <summary>The penalty that no weight is worth.</summary>
    public const double LeftOut = double.PositiveInfinity;
}

/// <summary>What a fit found.</summary>
/// <param name="Model">The model.</param>
/// <param name="Thresholds">The log-odds between the stars of ratings.</param>
internal sealed record LinearFitted(LinearModel Model, double[] Thresholds);

/// <summary>
/// Fits a linear model to feedback of all kinds at once, solved to convergence by <see cref="Lbfgs"/>. The problem is convex, so the
/// answer depends on nothing but the data. Minimises <c>Σ w·loss / Σ w + ½·Σ penalty·‖weights − anchor‖²</c>.
/// </summary>
internal static class LinearFit
{
    private const double ThresholdPenalty = 0.01;
    private static readonly double[] UsualThresholds = [-1.5, -0.5, 0.5, 1.5];

    /// <summary>Fits a model.</summary>
    /// <param name="problem">What to fit to.</param>
    /// <param name="weights">What each example counts; their sum is above 0.</param>
    /// <param name="penalties">How strongly to shrink.</param>
    /// <param name="centring">How strongly rankings pull the scores to mean 0.</param>
    /// <param name="iterations">L-BFGS steps, at most.</param>
    /// <param name="anchor">Where the weights are shrunk to, and what those are that no reply has; zero unless given.</param>
    internal static LinearFitted Fit(
        LinearProblem problem, IReadOnlyList<double> weights, Penalties penalties, double centring = 0, int iterations = 100, LinearModel? anchor = null)
    {
        var (examples, features, buckets) = (problem.Examples, problem.Features, problem.Buckets);
        if (examples.Count == 0 || weights.Count != examples.Count)
            throw new ArgumentException($"There are {examples.Count} examples and {weights.Count} weights; there must be as many of each, and one at least.", nameof(examples));

        var total = weights.Sum();
        if (!(total > 0))
            throw new ArgumentException($"The examples' weights add up to {total}; something above 0 is needed to learn from.", nameof(weights));

        // Layout of the parameters: dense, words, agreement, kernel, thresholds, bias.
        var (present, sparse) = problem.Sparse(agreement: penalties.Agreement != Penalties.LeftOut);
        int[] replies = [.. examples.Select(example => example.Inputs.Count)];
        var dense = features[0].Dense.Length;
        var agreementStart = dense + present.Count(feature => feature < buckets);
        var kernelStart = dense + present.Length;
        var thresholdStart = kernelStart + (penalties.Kernel == Penalties.LeftOut ? 0 : features.Max(x => x.Kernel.Length));
        var bias = thresholdStart + UsualThresholds.Length;
        var from = new double[bias + 1];
        if (anchor is not null)
            ((double[])[.. anchor.Dense, .. present.Select(feature => anchor.Sparse[feature]), .. anchor.Kernel[..(thresholdStart - kernelStart)]]).CopyTo(from, 0);
        UsualThresholds.CopyTo(from, thresholdStart);
        double[] parameters = [.. from];
        var single = new float[parameters.Length];
        Lbfgs.Minimise(parameters, Objective, iterations);

        float[] weightsOfAll = anchor is null ? new float[2 * buckets] : [.. anchor.Sparse];
        for (var i = 0; i < present.Length; i++)
            weightsOfAll[present[i]] = (float)parameters[dense + i];

        var point = Array.ConvertAll(parameters, p => (float)p);
        return new LinearFitted(new LinearModel(point[..dense], weightsOfAll, point[kernelStart..thresholdStart], point[bias]), parameters[thresholdStart..bias]);

        double Objective(double[] p, double[] gradient)
        {
            double loss = Shrink(p, gradient, 0, dense, penalties.Dense)
                + Shrink(p, gradient, dense, agreementStart, penalties.Words) + Shrink(p, gradient, agreementStart, kernelStart, penalties.Agreement)
                + Shrink(p, gradient, kernelStart, thresholdStart, penalties.Kernel) + Shrink(p, gradient, thresholdStart, bias, ThresholdPenalty);
            gradient[bias] = 0;
            var terms = new LossTerms(p[thresholdStart..bias], centring);
            TensorPrimitives.ConvertTruncating<double, float>(p, single);
            var (denseSlopes, kernelSlopes, thresholdSlopes) = (new float[dense], new float[thresholdStart - kernelStart], new double[UsualThresholds.Length]);
            var (scores, slopes) = (new double[replies.Max()], new double[replies.Max()]);
            for (int e = 0, row = 0; e < examples.Count; row += replies[e], e++)
            {
                if (weights[e] == 0)
                    continue;

                for (var r = 0; r < replies[e]; r++)
                    scores[r] = Score(row + r, p);

                var w = weights[e] / total;
                Array.Clear(thresholdSlopes);
                loss += w * examples[e].Loss(scores.AsSpan(0, replies[e]), terms, slopes.AsSpan(0, replies[e]), thresholdSlopes);
                for (var k = 0; k < thresholdSlopes.Length; k++)
                    gradient[thresholdStart + k] += w * thresholdSlopes[k];

                for (var r = 0; r < replies[e]; r++)
                {
                    var slope = w * slopes[r];
                    TensorPrimitives.MultiplyAdd(features[row + r].Dense, (float)slope, denseSlopes, denseSlopes);
                    var kernel = KernelOf(row + r);
                    TensorPrimitives.MultiplyAdd(kernel, (float)slope, kernelSlopes.AsSpan(0, kernel.Length), kernelSlopes);
                    foreach (var s in sparse[row + r])
                        gradient[dense + s] += slope;

                    gradient[bias] += slope;
                }
            }

            for (var i = 0; i < dense; i++)
                gradient[i] += denseSlopes[i];

            for (var i = 0; i < kernelSlopes.Length; i++)
                gradient[kernelStart + i] += kernelSlopes[i];

            return loss;
        }

        double Score(int row, double[] p)
        {
            var x = features[row];
            var kernel = KernelOf(row);
            var z = p[bias] + TensorPrimitives.Dot(single.AsSpan(0, dense), x.Dense) + TensorPrimitives.Dot(single.AsSpan(kernelStart, kernel.Length), kernel);
            foreach (var s in sparse[row])
                z += p[dense + s];

            return z;
        }

        double Shrink(double[] p, double[] gradient, int start, int end, double penalty)
        {
            if (start == end)
                return 0;

            var slopes = gradient.AsSpan(start..end);
            TensorPrimitives.Subtract(p.AsSpan(start..end), from.AsSpan(start..end), slopes);
            var loss = 0.5 * penalty * TensorPrimitives.SumOfSquares<double>(slopes);
            TensorPrimitives.Multiply(slopes, penalty, slopes);
            return loss;
        }

        ReadOnlySpan<float> KernelOf(int row) => features[row].Kernel.AsSpan(0, Math.Min(features[row].Kernel.Length, thresholdStart - kernelStart));
    }
}
