using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Rewards;

/// <summary>The component <c>scorer</c> of the reward: a service of the shape of OpenRLHF's remote reward model.</summary>
public sealed record ScorerOptions : RewardServiceOptions
{
    /// <summary>What its scores are multiplied by; they are taken as they come.</summary>
    /// <value>The default value is 1.</value>
    [Range(-1000.0, 1000.0)]
    public double Weight { get; init; } = 1;

    /// <summary>Replies that are sent at once.</summary>
    /// <value>The default value is 64.</value>
    [Range(1, 65_536)]
    public int Batch { get; init; } = 64;

    internal bool IsOn => Url is not null && Weight != 0;
}
