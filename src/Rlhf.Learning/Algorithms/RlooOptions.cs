using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of RLOO.</summary>
public sealed record RlooOptions : OnPolicyOptions
{
    /// <summary>k: replies to each prompt.</summary>
    /// <value>The default value is 4.</value>
    [Range(2, 64)]
    public int Generations { get; init; } = 4;

    /// <summary>β of the penalty β·KL in a reply's reward.</summary>
    /// <value>The default value is 0.05.</value>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.05;
}
