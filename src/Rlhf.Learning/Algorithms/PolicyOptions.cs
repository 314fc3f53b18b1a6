using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Algorithms;

/// <summary>What all algorithms have in common.</summary>
public abstract record PolicyOptions
{
    /// <summary>Rounds of learning in a run; a checkpoint lies between any two. Few: a version is a small step, so that the thumbs it
    /// earns still tell better from worse and steer the next one.</summary>
    /// <value>The default value is 3.</value>
    [Range(1, 10_000)]
    public int Iterations { get; init; } = 3;

    /// <summary>Sampling temperature of the rollouts; log-probs are scaled by it in training, too.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.05, 10.0)]
    public double Temperature { get; init; } = 1;

    /// <summary>Longest reply of a rollout, in tokens.</summary>
    /// <value>The default value is 48.</value>
    [Range(1, 4096)]
    public int MaxReplyTokens { get; init; } = 48;

    /// <summary>Longest prompt, in tokens; a longer one loses its oldest part.</summary>
    /// <value>The default value is 128.</value>
    [Range(1, 65_536)]
    public int MaxPromptTokens { get; init; } = 128;

    /// <summary>Learning rate of the policy at the start; it falls linearly to 0 over the run.</summary>
    /// <value>The default value is 0.001 where an algorithm samples its own replies, otherwise 0.0002.</value>
    [Range(1e-9, 1.0)]
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>Decoupled weight decay of the optimiser.</summary>
    /// <value>The default value is 0.</value>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of a step's gradient.</summary>
    /// <value>The default value is 1.</value>
    [Range(1e-6, 1e6)]
    public double GradientNorm { get; init; } = 1;
}
