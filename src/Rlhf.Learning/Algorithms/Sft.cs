using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Model;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>How the policy is tuned on demonstrations before it learns from the reward model.</summary>
public sealed record SftOptions
{
    /// <summary>The stage runs when there are at least so many demonstrations that no ancestor of the version was tuned on; 0 leaves it out.</summary>
    /// <value>The default value is 20.</value>
    [Range(0, 1_000_000)]
    public int LeastNew { get; init; } = 20;

    /// <summary>Passes over the demonstrations; a checkpoint lies between any two (TRL: 3).</summary>
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

    /// <summary>Decoupled weight decay of the optimiser (TRL: 0).</summary>
    /// <value>The default value is 0.</value>
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of a step's gradient (TRL: 1).</summary>
    /// <value>The default value is 1.</value>
    [Range(1e-6, 1e6)]
    public double GradientNorm { get; init; } = 1;
}

/// <summary>
/// Supervised fine-tuning of the policy's adapter: an iteration is a pass over the demonstrations in minibatches, and the loss is the mean negative
/// log-probability of the demonstrated replies' own tokens, each reply weighted by how far its author is trusted. What the prompt says, earlier replies
/// among it, is only read.
/// </summary>
internal sealed class Sft : IPolicyTrainer
{
    private readonly CausalLm _trunk;
    private readonly IReadOnlyList<RatedRollout> _demonstrations;
    private readonly SftOptions _options;
    private readonly ulong _seed;
    private readonly TrainedPolicy _policy;

    /// <summary>Sets up a run at its start.</summary>
    /// <param name="trunk">The frozen trunk.</param>
    /// <param name="start">The adapter to go on from.</param>
    /// <param name="demonstrations">At least one.</param>
    /// <param name="options">How to train.</param>
    /// <param name="seed">Equal seeds give equal runs.</param>
    public Sft(CausalLm trunk, LoraAdapter start, IReadOnlyList<RatedRollout> demonstrations, SftOptions options, ulong seed)
    {
        (_trunk, _demonstrations, _options, _seed) = (trunk, demonstrations, options, seed);
        _policy = new TrainedPolicy(trunk, start, options.LearningRate, options.WeightDecay, options.GradientNorm);
    }

    public int Iteration => _policy.Iteration;

    public LoraAdapter Policy => _policy.ToAdapter();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        _policy.BeginIteration(_options.Epochs);
        RatedRollout[] order = [.. _demonstrations];
        SeededRandom.For(_seed, "demonstrations", Iteration).Shuffle(order);
        var steps = new StepMetrics();
        foreach (var batch in order.Chunk(_options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var forward = ReplyLogProbs.Forward(_trunk, [.. batch.Select(shown => shown.Rollout)], LogProbs, out var places);
            var tokens = batch.Sum(shown => shown.Weight * shown.Rollout.Reply.Length);
            var shares = tensor(batch.Select(shown => (float)(-shown.Weight / tokens)).ToArray(), device: _trunk.Device);  // (B)
            var loss = forward.Outputs[0].index_select(0, places).dot(shares);                                             // (B) · (B)
            if (_policy.TryStep($"epoch {Iteration} of the demonstrations", loss, forward))
                steps.Add([("sft/loss", loss.item<float>())]);
        }

        _policy.EndIteration();
        var metrics = new Dictionary<string, double>
        {
            ["sft/examples"] = _demonstrations.Count,
            ["sft/epochs"] = Iteration,
            ["sft/lr"] = _policy.LearningRate,
            ["sft/dropped_steps"] = _policy.Guard.DroppedSteps,
        };
        steps.WriteTo(metrics);
        return metrics;
    }

    public PolicySnapshot Capture() => _policy.Capture();

    public void Restore(PolicySnapshot snapshot) => _policy.Restore(snapshot);

    public void Dispose() => _policy.Dispose();

    private Tensor LogProbs(Rollout[] replies) => ReplyLogProbs.Of(_trunk, replies, _policy.Lora, temperature: 1);   // (B)
}
