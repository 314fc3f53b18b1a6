using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Learning.Algorithms;

/// <summary>What the algorithms that learn from their own replies have in common.</summary>
public abstract record OnPolicyOptions : PolicyOptions
{
    /// <summary>Algorithms that sample anew in each iteration can take larger steps than those that pass over the same replies again.</summary>
    protected OnPolicyOptions() => LearningRate = 1e-3;

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

    /// <summary>How far the probability ratio may count, away from 1.</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.001, 10.0)]
    public double ClipRatio { get; init; } = 0.2;

    /// <summary>The approximate KL, in nats a token, an epoch aims to stay under; at 1.5 times this an epoch ends early.</summary>
    /// <value>The default value is 0.02.</value>
    [Range(1e-6, 100.0)]
    public double ApproxKlTarget { get; init; } = 0.02;

    /// <summary>An epoch ends before a step at which the approximate KL is over this (spinning up and TRL stop at the same factor).</summary>
    internal double MostApproxKl => 1.5 * ApproxKlTarget;

    /// <summary>Scores count up to this many standard deviations.</summary>
    /// <value>The default value is 5.</value>
    [Range(0.1, 1000.0)]
    public double ScoreClip { get; init; } = 5;

    /// <summary>What a reply without an end token loses (TRL's EOS trick), in standard deviations of the score.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1000.0)]
    public double MissingEndPenalty { get; init; } = 1;

    /// <summary>Rated replies of earlier versions that join each iteration's rollouts, weighted by how much likelier the policy is to say
    /// them than the version that did; those without stored log-probs stay out.</summary>
    /// <value>The default value is 0: only the policy's own replies.</value>
    [Range(0, 65_536)]
    public int RatedReplies { get; init; }

    /// <summary>What a trusted rater's thumb adds to the score of a rated reply, or takes, in standard deviations.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1000.0)]
    public double ThumbScore { get; init; } = 1;

    /// <summary>The importance weight of a rated reply is cut off here (Ionides 2008).</summary>
    /// <value>The default value is 2.</value>
    [Range(0.01, 1000.0)]
    public double ImportanceCap { get; init; } = 2;
}
