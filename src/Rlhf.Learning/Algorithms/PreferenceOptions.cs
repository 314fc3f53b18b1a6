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

/// <summary>The hyperparameters of DPO.</summary>
public sealed record DpoOptions : PreferenceOptions
{
    /// <summary>Where the ledger holds fewer pairs than this, the rest are sampled and judged by the reward model.</summary>
    /// <value>The default value is 256.</value>
    [Range(0, 1_000_000)]
    public int LeastPairs { get; init; } = 256;

    /// <summary>Replies to a prompt of which the best and the worst make a sampled pair.</summary>
    /// <value>The default value is 4.</value>
    [Range(2, 64)]
    public int Generations { get; init; } = 4;
}

/// <summary>The hyperparameters of KTO.</summary>
public sealed record KtoOptions : PreferenceOptions
{
    /// <summary>Weight of all thumbs up together over that of all thumbs down; the paper advises 1 to 4/3 one way or the other.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.1, 10.0)]
    public double UpOverDown { get; init; } = 1;
}
