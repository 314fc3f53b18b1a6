namespace Rlhf.Statistics;

/// <summary>What a test of two samples says.</summary>
public enum Verdict
{
    /// <summary>Neither yet.</summary>
    Undecided,

    /// <summary>The first sample's mean is above the second's.</summary>
    Better,

    /// <summary>The first sample's mean is below the second's.</summary>
    Worse,
}

/// <summary>A sequential test of two means of observations from 0 to 1. It may be looked at after every observation, and whatever decides whose the next
/// observation is may depend on all that came before: an equal pair is ever decided, either way, with probability at most α.</summary>
/// <remarks>
/// The evidence against a pair of means is the product of both samples' mixtures (see <see cref="ConfidenceSequence"/>), a supermartingale under the true
/// pair; the evidence against a difference is the least over the pairs that have it. For the difference 0 the least is at the pooled mean: this is the
/// e-variable for two proportions of Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests" (2022), with uniform priors.
/// </remarks>
public static class MeanDifference
{
    private const int Steps = 80;

    /// <summary>Compares two samples.</summary>
    /// <param name="first">The sample that is judged.</param>
    /// <param name="second">The sample that it is compared with.</param>
    /// <param name="alpha">The probability of ever deciding between equal means, over both sides.</param>
    public static Verdict Decide(BoundedSample first, BoundedSample second, double alpha) =>
        first.Count == 0 || second.Count == 0 || LogEvidence(first, second) < -Math.Log(alpha) ? Verdict.Undecided
        : first.Mean > second.Mean ? Verdict.Better : Verdict.Worse;

    /// <summary>The logarithm of the evidence against a difference of the means; the test decides where that against 0 reaches log 1/α.</summary>
    /// <param name="first">The first sample.</param>
    /// <param name="second">The second sample.</param>
    /// <param name="difference">The difference of the means, first less second, from −1 to 1.</param>
    public static double LogEvidence(BoundedSample first, BoundedSample second, double difference = 0)
    {
        var mixture = ConfidenceSequence.LogMixture(first) + ConfidenceSequence.LogMixture(second);
        return mixture - (difference == 0 ? Pooled(first, second) : MostLikely(first, second, difference));
    }

    private static double Pooled(BoundedSample first, BoundedSample second)
    {
        var both = new BoundedSample(first.Count + second.Count, first.Sum + second.Sum);
        return ConfidenceSequence.LogLikelihood(both, both.Count == 0 ? 0 : both.Mean);
    }

    /// <summary>The differences of the means, first less second, that are not excluded at level 1 − <paramref name="alpha"/>. The test decides when 0 is not among them.</summary>
    /// <param name="first">The first sample.</param>
    /// <param name="second">The second sample.</param>
    /// <param name="alpha">The probability that the true difference is ever excluded.</param>
    public static Interval Interval(BoundedSample first, BoundedSample second, double alpha)
    {
        if (first.Count == 0 || second.Count == 0)
        {
            return new Interval(-1, 1);
        }

        var difference = first.Mean - second.Mean;
        return new Interval(
            ConfidenceSequence.Boundary(difference, -1, d => LogEvidence(first, second, d), alpha),
            ConfidenceSequence.Boundary(difference, 1, d => LogEvidence(first, second, d), alpha));
    }

    /// <summary>The greatest log-likelihood of a pair of means of this difference: concave in the second mean, so that a search by thirds finds it.</summary>
    private static double MostLikely(BoundedSample first, BoundedSample second, double difference)
    {
        var (low, high) = (Math.Max(0, -difference), Math.Min(1, 1 - difference));
        for (var i = 0; i < Steps; i++)
        {
            var (left, right) = (low + ((high - low) / 3), high - ((high - low) / 3));
            (low, high) = At(left) < At(right) ? (left, high) : (low, right);
        }

        return Math.Max(At((low + high) / 2), Math.Max(At(low), At(high)));

        double At(double mean) =>
            ConfidenceSequence.LogLikelihood(first, Math.Clamp(mean + difference, 0, 1)) + ConfidenceSequence.LogLikelihood(second, mean);
    }
}
