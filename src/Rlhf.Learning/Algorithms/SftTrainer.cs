using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Supervised fine-tuning of the policy's adapter: an iteration is a pass over the demonstrations in minibatches, and the loss is the mean negative
/// log-probability of the demonstrated replies' own tokens, each reply weighted by how far its author is trusted. What the prompt says, earlier replies
/// among it, is only read.
/// </summary>
internal sealed class SftTrainer : IPolicyTrainer
{
    private readonly CausalLm _trunk;
    private readonly IReadOnlyList<RatedRollout> _demonstrations;
    private readonly SftOptions _options;
    private readonly ulong _seed;
    private readonly LoraParameters _policy;
    private readonly PolicyOptimiser _optimiser;
    private StepGuard _guard = new();

    /// <summary>Sets up a run at its start.</summary>
    /// <param name="trunk">The frozen trunk.</param>
    /// <param name="start">The adapter to go on from.</param>
    /// <param name="demonstrations">At least one.</param>
    /// <param name="options">How to train.</param>
    /// <param name="seed">Equal seeds give equal runs.</param>
    public SftTrainer(CausalLm trunk, LoraAdapter start, IReadOnlyList<RatedRollout> demonstrations, SftOptions options, ulong seed)
    {
        (_trunk, _demonstrations, _options, _seed) = (trunk, demonstrations, options, seed);
        _policy = new LoraParameters(trunk.Config, start, device: trunk.Device);
        _optimiser = new PolicyOptimiser(options.WeightDecay, options.GradientNorm, (_policy, options.LearningRate));
    }

    public int Iteration { get; private set; }

    public LoraAdapter Policy => _policy.ToAdapter();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        _optimiser.SetShare(1 - (Iteration / (double)_options.Epochs));
        var figures = new StepFigures();
        RatedRollout[] order = [.. _demonstrations];
        SeededRandom.For(_seed, "demonstrations", Iteration).Shuffle(order);
        foreach (var batch in order.Chunk(_options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var forward = ReplyLogProbs.Forward(_trunk, [.. batch.Select(shown => shown.Rollout)], LogProbs, out var places);
            var tokens = batch.Sum(shown => shown.Weight * shown.Rollout.Reply.Length);
            var shares = tensor(batch.Select(shown => (float)(-shown.Weight / tokens)).ToArray(), device: _trunk.Device);  // (B)
            var loss = forward.Outputs[0].index_select(0, places).dot(shares);                                             // (B) · (B)
            var norm = _optimiser.Backward(loss, forward);
            var value = loss.item<float>();
            if (!_guard.Allows($"epoch {Iteration} of the demonstrations", value, norm))
                continue;

            _optimiser.Step();
            figures.Add([("sft/loss", value)]);
        }

        Iteration++;
        var metrics = new Dictionary<string, double>
        {
            ["sft/examples"] = _demonstrations.Count,
            ["sft/epochs"] = Iteration,
            ["sft/lr"] = _optimiser.LearningRate,
            ["sft/dropped_steps"] = _guard.Dropped,
        };
        figures.WriteTo(metrics);
        return metrics;
    }

    public PolicySnapshot Capture() => _optimiser.Capture(Iteration, _guard, new Dictionary<string, double>());

    public void Restore(PolicySnapshot snapshot)
    {
        _optimiser.Restore(snapshot);
        _guard = new StepGuard(snapshot.DroppedSteps, snapshot.DroppedInARow);
        Iteration = snapshot.Iteration;
    }

    public void Dispose()
    {
        _optimiser.Dispose();
        _policy.Dispose();
    }

    private Tensor LogProbs(Rollout[] replies) => ReplyLogProbs.Of(_trunk, replies, _policy, temperature: 1);   // (B)
}
