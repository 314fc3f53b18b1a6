using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Rewards;

/// <summary>The component <c>rules</c> of the reward.</summary>
public sealed record RulesOptions
{
    /// <summary>A file of rules, one JSON object a line: <c>{"name", "reward"}</c> and the conditions <c>pattern</c>, <c>not_pattern</c>, <c>words</c>, <c>json</c> and
    /// <c>ended</c>, of which all that are given must hold. It is read at the start and anew for each training.</summary>
    /// <value>The default value is <see langword="null"/>: no rules.</value>
    public string? File { get; init; }

    /// <summary>What the sum of the rules' rewards is multiplied by; 1 is one standard deviation of the learned reward model.</summary>
    /// <value>The default value is 1.</value>
    [Range(-1000.0, 1000.0)]
    public double Weight { get; init; } = 1;

    internal bool IsOn => File is not null && Weight != 0;
}
