using System.ComponentModel.DataAnnotations;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>What pretraining and fine-tuning have in common.</summary>
public abstract record TrainingOptions
{
    /// <summary>The dialogues. Held-out ones (see <see cref="Dialogue.HeldOut"/>) are only measured on.</summary>
    [Required, MinLength(1)]
    public required IReadOnlyList<DialogueSource> Sources { get; init; }

    /// <summary>Optimiser steps of the whole run.</summary>
    [Range(1, 10_000_000)]
    public required int Steps { get; init; }

    /// <summary>Highest learning rate, reached after the warm-up; from there it falls in a line to zero.</summary>
    [Range(1e-7, 1.0)]
    public abstract double LearningRate { get; init; }

    /// <summary>Steps over which the learning rate rises.</summary>
    /// <value>The default value is 50.</value>
    [Range(0, 100_000)]
    public int WarmupSteps { get; init; } = 50;

    /// <summary>AdamW's decay of the matrices; norms do not decay.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Memory of AdamW's second moment.</summary>
    /// <value>The default value is 0.95.</value>
    [Range(0.5, 0.9999)]
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Gradients are scaled down to this norm.</summary>
    /// <value>The default value is 1.</value>
    [Range(1e-3, 1e3)]
    public double GradientNorm { get; init; } = 1;

    /// <summary>Order of the data and, in pretraining, the start.</summary>
    /// <value>The default value is 1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads of an operator.</summary>
    /// <value>The default value is 2.</value>
    [Range(1, 1024)]
    public int Threads { get; init; } = 2;

    /// <summary>Steps between two reports.</summary>
    /// <value>The default value is 20.</value>
    [Range(1, 100_000)]
    public int ReportEvery { get; init; } = 20;

    /// <summary>Steps between two checkpoints; each also measures on held-out dialogues.</summary>
    /// <value>The default value is 250.</value>
    [Range(1, 1_000_000)]
    public int CheckpointEvery { get; init; } = 250;

    /// <summary>Held-out dialogues of each source that a checkpoint measures on.</summary>
    /// <value>The default value is 64.</value>
    [Range(0, 100_000)]
    public int HeldOutDialogues { get; init; } = 64;

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ValidationException">Names the option and its range.</exception>
    public virtual void Validate() => Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
}

/// <summary>A small model from nothing but dialogues.</summary>
public sealed record PretrainingOptions : TrainingOptions
{
    /// <inheritdoc/>
    /// <value>The default value is 0.002.</value>
    public override double LearningRate { get; init; } = 2e-3;

    /// <summary>Rows of a batch.</summary>
    /// <value>The default value is 4.</value>
    [Range(1, 4096)]
    public int Rows { get; init; } = 4;

    /// <summary>The shape.</summary>
    /// <value>The default value is 4.5 million parameters with a context of 512.</value>
    public ModelShape Shape { get; init; } = new();

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Validator.ValidateObject(Shape, new ValidationContext(Shape), validateAllProperties: true);
    }
}

/// <summary>A pretrained model learns to answer: the loss is on the assistant's tokens and its end token.</summary>
public sealed record FineTuningOptions : TrainingOptions
{
    /// <summary>Folder of the model to start from.</summary>
    [Required]
    public required string Model { get; init; }

    /// <inheritdoc/>
    /// <value>The default value is 0.0003.</value>
    public override double LearningRate { get; init; } = 3e-4;

    /// <summary>Most tokens of a batch, padding included.</summary>
    /// <value>The default value is 4,096.</value>
    [Range(16, 1_000_000)]
    public int BatchTokens { get; init; } = 4096;
}
