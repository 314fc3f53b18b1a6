using MathNet.Numerics;

namespace Rlhf.Statistics;

/// <summary>Confidence sequences for means of observations from 0 to 1: intervals that hold at every sample size at once, so that one may look at any
/// time and stop when one likes.</summary>
/// <remarks>
/// For an observation X in [0, 1] with mean μ and any guess θ, X·θ/μ + (1−X)(1−θ)/(1−μ) has mean 1 and is by convexity at least (θ/μ)^X((1−θ)/(1−μ))^(1−X).
/// The product over observations, mixed over a uniform θ, is therefore a supermartingale that starts at 1, and exceeds 1/α with probability at most α,
/// at whatever time (Ville). With S the sum of n observations it is B(1+S, 1+n−S) / (μ^S (1−μ)^(n−S)): the beta-binomial mixture of Robbins (1970) and
/// of Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences" (2021), section 3.2.
/// The observations need neither be 0 or 1 nor have the same distribution: only the same mean given those before.
/// </remarks>
public static class ConfidenceSequence
{
    private const int Halvings = 60;

    /// <summary>The means that the observations do not exclude at level 1 − <paramref name="alpha"/>.</summary>
    /// <param name="sample">The observations; without any, everything from 0 to 1 is left.</param>
    /// <param name="alpha">The probability that the true mean is ever excluded.</param>
    public static Interval Mean(BoundedSample sample, double alpha)
    {
        if (sample.Count == 0)
        {
            return new Interval(0, 1);
        }

        var mean = sample.Mean;
        return new Interval(
            Boundary(mean, 0, mean => LogMixture(sample) - LogLikelihood(sample, mean), alpha),
            Boundary(mean, 1, mean => LogMixture(sample) - LogLikelihood(sample, mean), alpha));
    }

    /// <summary>The logarithm of the mixture's part that does not depend on the mean: log B(1+S, 1+n−S).</summary>
    internal static double LogMixture(BoundedSample sample) =>
        SpecialFunctions.GammaLn(1 + sample.Sum) + SpecialFunctions.GammaLn(1 + Failures(sample)) - SpecialFunctions.GammaLn(2 + sample.Count);

    /// <summary>S·log μ + (n−S)·log(1−μ).</summary>
    internal static double LogLikelihood(BoundedSample sample, double mean) => Times(sample.Sum, mean) + Times(Failures(sample), 1 - mean);

    /// <summary>Where, on the way from a value that is not excluded to an end, the evidence against the values reaches 1/α; the end where it does not.</summary>
    internal static double Boundary(double inside, double end, Func<double, double> logEvidence, double alpha)
    {
        var threshold = -Math.Log(alpha);
        if (logEvidence(end) < threshold)
        {
            return end;
        }

        for (var i = 0; i < Halvings; i++)
        {
            var middle = (inside + end) / 2;
            (inside, end) = logEvidence(middle) < threshold ? (middle, end) : (inside, middle);
        }

        return end;
    }

    private static double Failures(BoundedSample sample) => Math.Max(0, sample.Count - sample.Sum);

    private static double Times(double count, double probability) => count == 0 ? 0 : probability <= 0 ? double.NegativeInfinity : count * Math.Log(probability);
}
