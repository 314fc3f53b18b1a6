using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;

namespace Rlhf.Learning.Pipeline;

/// <summary>What one training run learns from. A run is a pure function of its request, the base model and the options.</summary>
public sealed record TrainingRequest
{
    /// <summary>Names the run; a checkpoint of another job in the same folder is not resumed but replaced.</summary>
    public required string JobId { get; init; }

    /// <summary>The version the run is to make.</summary>
    public required string Version { get; init; }

    /// <summary>The version <see cref="LivePolicy"/> belongs to.</summary>
    public required string Parent { get; init; }

    /// <summary>Seed of everything random in the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The adapter of the live version, from which the policy goes on; null for the bare base model.</summary>
    public LoraAdapter? LivePolicy { get; init; }

    /// <summary>The adaptive KL coefficient that the parent's training ended with (<see cref="PolicyTask.NextKlCoefficient"/>), from which PPO goes on; null begins with
    /// the options'.</summary>
    public double? KlCoefficient { get; init; }

    /// <summary>What people said, to learn from. Its demonstrations are those that no ancestor of the version was tuned on.</summary>
    public required IReadOnlyList<Judgement> Feedback { get; init; }

    /// <summary>What an AI judge said of served replies. The reward model learns from it beside <see cref="Feedback"/>; neither the policy nor the gate does.</summary>
    public IReadOnlyList<Judgement> Labels { get; init; } = [];

    /// <summary>Recent conversations that end where the assistant is to speak. Some are held out for the gate, chosen by a hash of their text.</summary>
    public required IReadOnlyList<IReadOnlyList<DialogueMessage>> Prompts { get; init; }

    /// <summary>Where the run keeps its checkpoint.</summary>
    public required string CheckpointFolder { get; init; }
}
