using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Algorithms;

/// <summary>What the algorithms that learn from the ledger itself have in common. An iteration is a pass over the data.</summary>
public abstract record PreferenceOptions : PolicyOptions
{
    /// <summary>β: how much a nat of log-ratio to the reference is worth. Large keeps the policy near the reference.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(1e-4, 100.0)]
    public double Beta { get; init; } = 0.1;

    /// <summary>Examples in a step.</summary>
    /// <value>The default value is 16.</value>
    [Range(2, 65_536)]
    public int BatchSize { get; init; } = 16;
}
