using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// What PPO, RLOO and GRPO share: an iteration samples replies, scores them, reads their log-probs, and updates in minibatches. What a
/// reply's tokens are worth and what the loss is, is the algorithm's.
/// </summary>
internal abstract class OnPolicyTrainer : IPolicyTrainer
{
    // OpenAI's spinning up and TRL stop here, too.
    private const double ApproxKlTolerance = 1.5;

    private readonly PolicyTask _task;
    private readonly OnPolicyOptions _options;
    private readonly ReplySource _source;
    private readonly LoraParameters _policy;
    private readonly PolicyOptimiser _optimiser;
    private readonly int _policyLayer;
    private StepGuard _guard = new();

    /// <param name="task">What to learn from.</param>
    /// <param name="options">The hyperparameters.</param>
    /// <param name="repliesPerPrompt">Replies to each prompt of an iteration.</param>
    /// <param name="others">What trains beside the policy, with learning rates.</param>
    protected OnPolicyTrainer(PolicyTask task, OnPolicyOptions options, int repliesPerPrompt, params (nn.Module Module, double LearningRate)[] others)
    {
        _task = task;
        _options = options;
        _source = new ReplySource(task, options, repliesPerPrompt);
        _policy = new LoraParameters(task.Trunk.Config, task.Start, device: task.Trunk.Device);
        _optimiser = new PolicyOptimiser(options.WeightDecay, options.GradientNorm, [(_policy, options.LearningRate), .. others]);
        _policyLayer = task.Start.LowestLayer();
    }

    public int Iteration { get; private set; }

    public LoraAdapter Policy => _policy.ToAdapter();

    /// <summary>The layer at which <see cref="Shard.Below"/> is wanted.</summary>
    protected virtual int BelowLayer => _policyLayer;

    /// <summary>β, for the reports.</summary>
    protected abstract double KlCoefficient { get; }

    /// <summary>What the algorithm keeps beside parameters.</summary>
    protected virtual IReadOnlyDictionary<string, double> Numbers => new Dictionary<string, double>();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        _optimiser.SetShare(1 - (Iteration / (double)_options.Iterations));
        var drawn = _source.Draw(Policy, Iteration, cancellationToken);
        Sample[] samples = [.. drawn.Where(sample => double.IsFinite(sample.Score))];
        if (samples.Length == 0)
            throw new NonFiniteTrainingException($"iteration {Iteration}: none of the {drawn.Count} replies has a score that is a number. The last checkpoint is good: look for what scores the replies.");

        SeededRandom.For(_task.Seed, "minibatches", Iteration).Shuffle(samples);
        var size = Math.Max(1, (samples.Length + _options.Minibatches - 1) / _options.Minibatches);
        Minibatch[] batches = [.. samples.Chunk(size).Select(some => Read(some, cancellationToken))];
        scope.Attach(batches.SelectMany(batch => batch.Shards).SelectMany(shard => shard.Tensors));
        Estimate(samples);
        Weigh(samples);

        var metrics = RolloutFigures.Of(batches, KlCoefficient);
        foreach (var (name, figure) in _source.Figures)
            metrics[name] = figure;
        Describe(samples, metrics);
        var steps = Update(batches, cancellationToken);
        steps.WriteTo(metrics);
        Learned([.. samples.Where(sample => !sample.FromOtherVersion)]);
        Iteration++;
        metrics["lr"] = _optimiser.LearningRate;
        metrics["episode"] = Iteration * _options.Rollouts;
        metrics["val/dropped_replies"] = drawn.Count - samples.Length;
        metrics["val/dropped_steps"] = _guard.Dropped;
        metrics["val/steps"] = steps.Steps;
        return metrics;
    }

    public PolicySnapshot Capture() => _optimiser.Capture(Iteration, _guard, Numbers);

    public virtual void Restore(PolicySnapshot snapshot)
    {
        _optimiser.Restore(snapshot);
        _guard = new StepGuard(snapshot.DroppedSteps, snapshot.DroppedInARow);
        Iteration = snapshot.Iteration;
    }

    public virtual void Dispose()
    {
        _optimiser.Dispose();
        _policy.Dispose();
    }

    /// <summary>Reads what else the algorithm needs of a shard before the first step. Called without gradient, for several shards at once.</summary>
    protected virtual void Prepare(Shard shard)
    {
    }

    /// <summary>What the loss is computed of, with gradient: first the log-probs, (N) of the shard. Called for several shards at once.</summary>
    protected virtual Tensor[] Forward(Shard shard)
    {
        var rows = _task.Trunk.AboveAt(shard.BelowPolicy, _policyLayer, shard.Tokens.Positions, _policy);                       // (N, d)
        return [_task.Trunk.LogProbsOf(rows, shard.Tokens.Targets, _options.Temperature)];                                      // (N)
    }

    /// <summary>Sets each sample's advantages.</summary>
    protected abstract void Estimate(IReadOnlyList<Sample> samples);

    /// <summary>Adds the algorithm's own figures of an iteration's samples.</summary>
    protected virtual void Describe(IReadOnlyList<Sample> samples, Dictionary<string, double> metrics)
    {
    }

    /// <summary>The loss of a minibatch.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <param name="outputs">What <see cref="Forward"/> gave, of the whole minibatch.</param>
    /// <param name="old">(N) under the policy before the iteration's first step.</param>
    protected abstract StepLoss Loss(Minibatch batch, IReadOnlyList<Tensor> outputs, Tensor old);

    /// <summary>Called after an iteration's last step.</summary>
    protected virtual void Learned(IReadOnlyList<Sample> own)
    {
    }

    /// <summary>Everything about some replies that stays fixed while the iteration updates.</summary>
    private Minibatch Read(Sample[] samples, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int[][] shards = ShardedForward.Cut(_task.Trunk.Workers, [.. samples.Select(sample => sample.Rollout.Columns)]);
        var parts = _task.Trunk.Workers.Run([.. shards.Select(rows => rows.Select(row => samples[row]).ToArray())], Read);
        return new Minibatch([.. parts.Select(part => part.Shard)], parts.Sum(part => part.Entropy) / samples.Sum(sample => sample.Length));
    }

    private (Shard Shard, double Entropy) Read(Sample[] samples)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var trunk = _task.Trunk;
        var tokens = RolloutBatch.Of([.. samples.Select(sample => sample.Rollout)], trunk.Device);
        var belowPolicy = trunk.Below(tokens.Ids, _policyLayer);                                                                // (B, T, d)
        var below = BelowLayer >= _policyLayer ? trunk.Through(belowPolicy, _policyLayer, BelowLayer) : trunk.Below(tokens.Ids, BelowLayer);   // (B, T, d)
        var reference = trunk.LogProbsOf(trunk.AboveAt(below, BelowLayer, tokens.Positions), tokens.Targets, _options.Temperature).ToArray();    // (N)
        var (policy, entropy) = trunk.LogProbsWithEntropyOf(trunk.AboveAt(belowPolicy, _policyLayer, tokens.Positions, _policy), tokens.Targets, _options.Temperature);
        var logProbs = policy.ToArray();                                                                                        // (N)
        var at = 0;
        foreach (var sample in samples)
        {
            sample.Policy = logProbs[at..(at + sample.Length)];
            sample.Reference = reference[at..(at + sample.Length)];
            at += sample.Length;
        }

        var shard = new Shard(tokens, belowPolicy, below, samples);
        Prepare(shard);
        scope.Detach(shard.Tensors);
        return (shard, entropy.sum().item<float>());
    }

    private void Weigh(Sample[] samples)
    {
        foreach (var sample in samples.Where(sample => sample.FromOtherVersion))
        {
            var weight = (float)sample.Importance(_options.ImportanceCap);
            sample.Advantages = [.. sample.Advantages.Select(advantage => weight * advantage)];
        }
    }

    private StepFigures Update(Minibatch[] batches, CancellationToken cancellationToken)
    {
        var figures = new StepFigures();
        for (var epoch = 0; epoch < _options.Epochs; epoch++)
        {
            SeededRandom.For(_task.Seed, $"epoch {epoch}", Iteration).Shuffle(batches);
            foreach (var batch in batches)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Step(batch, figures) > ApproxKlTolerance * _options.ApproxKlTarget)
                    return figures;
            }
        }

        return figures;
    }

    /// <summary>One step of the optimiser.</summary>
    /// <returns>The approximate KL to the policy that sampled, in nats a token.</returns>
    private double Step(Minibatch batch, StepFigures figures)
    {
        using var scope = NewDisposeScope();
        using var forward = ShardedForward.Of(_task.Trunk.Workers, batch.Shards, Forward);
        var logProbs = forward.Outputs[0];                                                                                      // (N)
        var old = batch.Flat(sample => sample.Policy);                                                                          // (N)
        var loss = Loss(batch, forward.Outputs, old);
        var norm = _optimiser.Backward(loss.Total, forward);
        var approxKl = (logProbs.detach() - old).Squared().mean().item<float>() / 2.0;
        if (!_guard.Allows($"iteration {Iteration}", loss.Total.item<float>(), norm, approxKl))
            return 0;

        // A step too far is not taken: the ratio that shows it comes from the steps before.
        if (approxKl <= ApproxKlTolerance * _options.ApproxKlTarget)
            _optimiser.Step();

        figures.Add([("policy/approxkl_avg", approxKl), .. loss.Figures]);
        return approxKl;
    }
}
