using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Algorithms;

/// <summary>How the policy is tuned on demonstrations before it learns from the reward model.</summary>
public sealed record SftOptions
{
    /// <summary>The stage runs when there are at least so many demonstrations that no ancestor of the version was tuned on; 0 leaves it out.</summary>
    /// <value>The default value is 20.</value>
    [Range(0, 1_000_000)]
    public int LeastNew { get; init; } = 20;

    /// <summary>Passes over the demonstrations; a checkpoint lies between any two.</summary>
    /// <value>The default value is 3.</value>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 3;

    /// <summary>Demonstrations in a step.</summary>
    /// <value>The default value is 16.</value>
    [Range(1, 65_536)]
    public int BatchSize { get; init; } = 16;

    /// <summary>Learning rate at the start; it falls linearly to 0 over the epochs.</summary>
    /// <value>The default value is 0.001.</value>
    [Range(1e-9, 1.0)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay of the optimiser.</summary>
    /// <value>The default value is 0.</value>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of a step's gradient.</summary>
    /// <value>The default value is 1.</value>
    [Range(1e-6, 1e6)]
    public double GradientNorm { get; init; } = 1;
}
