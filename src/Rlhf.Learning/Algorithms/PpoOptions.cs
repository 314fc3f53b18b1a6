using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of PPO; the defaults are the field's.</summary>
public sealed record PpoOptions : OnPolicyOptions
{
    /// <summary>Discount γ.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1.0)]
    public double Gamma { get; init; } = 1;

    /// <summary>Trace decay λ of the advantage estimate.</summary>
    /// <value>The default value is 0.95.</value>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.95;

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

    /// <summary>Learning rate of the value model at the start; it falls along with the policy's.</summary>
    /// <value>The default value is 0.001.</value>
    [Range(1e-9, 1.0)]
    public double ValueLearningRate { get; init; } = 1e-3;
}
