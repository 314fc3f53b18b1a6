using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of GRPO.</summary>
public sealed record GrpoOptions : OnPolicyOptions
{
    /// <summary>G: replies to each prompt.</summary>
    /// <value>The default value is 8.</value>
    [Range(2, 256)]
    public int Generations { get; init; } = 8;

    /// <summary>β of the KL to the reference in the loss.</summary>
    /// <value>The default value is 0.04.</value>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.04;
}
