using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Ppo;

/// <summary>The hyperparameters of PPO; the defaults are the field's.</summary>
public sealed record PpoOptions
{
    /// <summary>Rounds of rollout and update in a run. Few: a version is a small step, so that the thumbs it earns still tell better
    /// from worse and steer the next one.</summary>
    /// <value>The default value is 3.</value>
    [Range(1, 10_000)]
    public int Iterations { get; init; } = 3;

    /// <summary>Replies sampled in each iteration.</summary>
    /// <value>The default value is 128.</value>
    [Range(4, 65_536)]
    public int Rollouts { get; init; } = 128;

    /// <summary>Passes over each iteration's rollouts.</summary>
    /// <value>The default value is 4.</value>
    [Range(1, 64)]
    public int Epochs { get; init; } = 4;

    /// <summary>Optimiser steps in a pass.</summary>
    /// <value>The default value is 4.</value>
    [Range(1, 64)]
    public int Minibatches { get; init; } = 4;

    /// <summary>Discount γ.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1.0)]
    public double Gamma { get; init; } = 1;

    /// <summary>Trace decay λ of the advantage estimate.</summary>
    /// <value>The default value is 0.95.</value>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>How far the probability ratio may count, away from 1.</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.001, 10.0)]
    public double ClipRatio { get; init; } = 0.2;

    /// <summary>How far a value may count, away from the one at rollout.</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.001, 1000.0)]
    public double ClipValue { get; init; } = 0.2;

    /// <summary>Share of the value's loss.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.0, 100.0)]
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>The KL coefficient β at the start.</summary>
    /// <value>The default value is 0.15.</value>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.15;

    /// <summary>Nats a reply that β is steered to; null keeps β fixed.</summary>
    /// <value>The default value is 6.</value>
    [Range(0.001, 10_000.0)]
    public double? KlTarget { get; init; } = 6;

    /// <summary>Replies over which an error of 1 would double β.</summary>
    /// <value>The default value is 10,000.</value>
    [Range(1.0, 1e9)]
    public double KlHorizon { get; init; } = 10_000;

    /// <summary>The approximate KL, in nats a token, an epoch aims to stay under; at 1.5 times this an epoch ends early.</summary>
    /// <value>The default value is 0.02.</value>
    [Range(1e-6, 100.0)]
    public double ApproxKlTarget { get; init; } = 0.02;

    /// <summary>Scores count up to this many standard deviations.</summary>
    /// <value>The default value is 5.</value>
    [Range(0.1, 1000.0)]
    public double ScoreClip { get; init; } = 5;

    /// <summary>What a reply without an end token loses (TRL's EOS trick), in standard deviations of the score.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1000.0)]
    public double MissingEndPenalty { get; init; } = 1;

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
    /// <value>The default value is 0.001.</value>
    [Range(1e-9, 1.0)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Learning rate of the value model at the start; it falls along with the policy's.</summary>
    /// <value>The default value is 0.001.</value>
    [Range(1e-9, 1.0)]
    public double ValueLearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay of the optimiser.</summary>
    /// <value>The default value is 0.</value>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of a step's gradient.</summary>
    /// <value>The default value is 1.</value>
    [Range(1e-6, 1e6)]
    public double GradientNorm { get; init; } = 1;
}
