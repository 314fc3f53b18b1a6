namespace Rlhf.Learning.Algorithms;

/// <summary>
/// The KL coefficient β, led towards a target KL per reply (Ziegler et al. 2019, section 2.2):
/// <c>e = clip(KL/target − 1, −0.2, 0.2); β ← β·(1 + e·n/horizon)</c>. Without a target β stays as it is.
/// </summary>
public sealed class AdaptiveKl
{
    private const double LargestError = 0.2;
    private readonly double? _target;
    private readonly double _horizon;

    /// <summary>Starts at <paramref name="coefficient"/>.</summary>
    /// <param name="coefficient">The first β.</param>
    /// <param name="target">Nats per reply β steers to, or null for a fixed β.</param>
    /// <param name="horizon">Replies over which a full error of 1 would double β.</param>
    public AdaptiveKl(double coefficient, double? target, double horizon)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(coefficient);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizon);
        if (target is <= 0)
            throw new ArgumentOutOfRangeException(nameof(target), target, "A KL target is a positive number of nats a reply, or null for a fixed coefficient.");

        Coefficient = coefficient;
        _target = target;
        _horizon = horizon;
    }

    /// <summary>The present β.</summary>
    public double Coefficient { get; private set; }

    /// <summary>Takes in the mean KL, in nats a reply, that <paramref name="replies"/> replies showed.</summary>
    public void Update(double kl, int replies)
    {
        if (_target is { } target)
        {
            var error = Math.Clamp((kl / target) - 1, -LargestError, LargestError);
            Coefficient *= 1 + (error * replies / _horizon);
        }
    }
}
