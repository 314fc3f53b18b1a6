using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Rewards;

/// <summary>The component <c>diversity</c> of the reward.</summary>
public sealed record DiversityOptions
{
    /// <summary>What a reply earns that shares nothing with the others; one that only repeats them earns nothing. 1 is one standard deviation of the learned
    /// reward model.</summary>
    /// <value>The default value is 0: diversity is not rewarded.</value>
    [Range(-1000.0, 1000.0)]
    public double Weight { get; init; }

    internal bool IsOn => Weight != 0;
}
