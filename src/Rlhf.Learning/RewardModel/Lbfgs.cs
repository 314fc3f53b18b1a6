using System.Numerics.Tensors;

namespace Rlhf.Learning.RewardModel;

/// <summary>Limited-memory BFGS (Nocedal and Wright, algorithms 7.4 and 7.5) with a backtracking line search.</summary>
internal static class Lbfgs
{
    private const int Memory = 10;
    private const double SufficientDecrease = 1e-4;

    /// <summary>Returns the objective at a point and writes its gradient there.</summary>
    internal delegate double Objective(double[] point, double[] gradient);

    /// <summary>Minimises a smooth convex objective in place, until a step gains less than a millionth or the steps are spent.</summary>
    internal static void Minimise(double[] point, Objective objective, int iterations)
    {
        var gradient = new double[point.Length];
        var loss = objective(point, gradient);
        var history = new LinkedList<(double[] Step, double[] Change, double Curvature)>();
        for (var iteration = 0; iteration < iterations; iteration++)
        {
            var direction = Direction(gradient, history);
            var slope = Dot(direction, gradient);
            var length = history.Count == 0 ? 1 / Math.Max(1, Math.Sqrt(Dot(gradient, gradient))) : 1.0;
            if (!TryStep(point, loss, direction, slope, length, objective, out var next, out var nextGradient, out var nextLoss))
                return;

            var step = Subtract(next, point);
            var change = Subtract(nextGradient, gradient);
            if (Dot(step, change) is > 1e-12 and var curvature)
            {
                history.AddFirst((step, change, curvature));
                if (history.Count > Memory)
                    history.RemoveLast();
            }

            var gain = loss - nextLoss;
            next.CopyTo(point, 0);
            gradient = nextGradient;
            loss = nextLoss;
            if (gain < 1e-6 * Math.Abs(loss))
                return;
        }
    }

    /// <summary>The two-loop recursion: −H·g, where H is the inverse Hessian that the history implies.</summary>
    private static double[] Direction(double[] gradient, LinkedList<(double[] Step, double[] Change, double Curvature)> history)
    {
        var q = new double[gradient.Length];
        TensorPrimitives.Negate(gradient, q);
        var alphas = new List<double>(history.Count);
        foreach (var (step, change, curvature) in history)
        {
            var alpha = Dot(step, q) / curvature;
            alphas.Add(alpha);
            AddScaled(q, -alpha, change);
        }

        if (history.First is { Value: var newest })
        {
            var scale = newest.Curvature / Dot(newest.Change, newest.Change);
            TensorPrimitives.Multiply(q, scale, q);
        }

        var k = history.Count;
        for (var node = history.Last; node is not null; node = node.Previous)
        {
            var (step, change, curvature) = node.Value;
            AddScaled(q, alphas[--k] - (Dot(change, q) / curvature), step);
        }

        return q;
    }

    private static bool TryStep(
        double[] point, double loss, double[] direction, double slope, double length, Objective objective,
        out double[] next, out double[] nextGradient, out double nextLoss)
    {
        next = new double[point.Length];
        nextGradient = new double[point.Length];
        nextLoss = loss;
        for (var attempt = 0; attempt < 30 && slope < 0; attempt++, length /= 2)
        {
            point.CopyTo(next, 0);
            AddScaled(next, length, direction);
            nextLoss = objective(next, nextGradient);
            if (nextLoss <= loss + (SufficientDecrease * length * slope))
                return true;
        }

        return false;
    }

    private static double Dot(double[] a, double[] b) => TensorPrimitives.Dot<double>(a, b);

    private static void AddScaled(double[] to, double scale, double[] what) => TensorPrimitives.MultiplyAdd(what, scale, to, to);

    private static double[] Subtract(double[] a, double[] b)
    {
        var difference = new double[a.Length];
        TensorPrimitives.Subtract(a, b, difference);
        return difference;
    }
}
