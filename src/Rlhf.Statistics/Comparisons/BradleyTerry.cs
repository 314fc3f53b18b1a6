using MathNet.Numerics.LinearAlgebra;

namespace Rlhf.Statistics.Comparisons;

/// <summary>What one comparison says of two contestants.</summary>
/// <param name="First">The index of the first.</param>
/// <param name="Second">The index of the second.</param>
/// <param name="Score">1 where the first won, 0 where the second did, ½ for a tie.</param>
/// <param name="LengthDifference">How much longer the first one's reply is, from −1 to 1: the difference of the lengths over their sum.</param>
/// <param name="Cluster">What it is resampled with: comparisons on one prompt are one cluster.</param>
public readonly record struct PairOutcome(int First, int Second, double Score, double LengthDifference, int Cluster)
{
    /// <summary><see cref="LengthDifference"/> of two lengths.</summary>
    public static double DifferenceOf(int first, int second) => first + second == 0 ? 0 : (first - second) / (double)(first + second);
}

/// <summary>Strengths by which the odds of the first against the second are e^(β₁ − β₂): Bradley and Terry (1952), a tie as half a win of each.</summary>
/// <param name="Strengths">Each contestant's strength; their mean is 0.</param>
/// <param name="Length">What the whole difference of lengths adds to the log-odds; 0 where it is not controlled for.</param>
public sealed record BradleyTerry(IReadOnlyList<double> Strengths, double Length)
{
    private const double Ridge = 0.01; // keeps who won always, or never, finite
    private const int MostSteps = 50;
    private const double Enough = 1e-10;

    /// <summary>Fits by Newton's method on the log-likelihood with a small ridge.</summary>
    /// <param name="outcomes">The comparisons.</param>
    /// <param name="contestants">How many contestants there are.</param>
    /// <param name="controlLength">Whether the length of replies is a covariate, so that the strengths are those at equal length.</param>
    public static BradleyTerry Fit(IReadOnlyList<PairOutcome> outcomes, int contestants, bool controlLength)
    {
        var size = contestants + (controlLength ? 1 : 0);
        var beta = Vector<double>.Build.Dense(size);
        for (var step = 0; step < MostSteps; step++)
        {
            var gradient = beta * -Ridge;
            var curvature = Matrix<double>.Build.DiagonalIdentity(size).Multiply(Ridge).ToArray();
            foreach (var outcome in outcomes)
            {
                var logit = beta[outcome.First] - beta[outcome.Second] + (controlLength ? beta[contestants] * outcome.LengthDifference : 0);
                var expected = 1 / (1 + Math.Exp(-logit));
                var weight = expected * (1 - expected);
                Span<(int Index, double Value)> row = [(outcome.First, 1), (outcome.Second, -1), (contestants, outcome.LengthDifference)];
                row = controlLength ? row : row[..2];
                foreach (var (i, x) in row)
                {
                    gradient[i] += x * (outcome.Score - expected);
                    foreach (var (j, y) in row)
                    {
                        curvature[i, j] += weight * x * y;
                    }
                }
            }

            var change = Matrix<double>.Build.DenseOfArray(curvature).Solve(gradient);
            beta += change;
            if (change.AbsoluteMaximum() < Enough)
            {
                break;
            }
        }

        var mean = beta.Take(contestants).DefaultIfEmpty(0).Average();
        return new BradleyTerry([.. beta.Take(contestants).Select(strength => strength - mean)], controlLength ? beta[contestants] : 0);
    }
}
