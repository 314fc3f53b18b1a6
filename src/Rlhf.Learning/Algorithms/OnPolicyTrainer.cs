using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Rollouts;
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
        _optimiser = new PolicyOptimiser(options, [(_policy, options.LearningRate), .. others]);
        _policyLayer = task.Start.LowestLayer();
    }

    public int Iteration { get; private set; }

    public LoraAdapter Policy => _policy.ToAdapter();

    /// <summary>The layer at which <see cref="Minibatch.Below"/> is wanted.</summary>
    protected virtual int BelowLayer => _policyLayer;

    /// <summary>β, for the reports.</summary>
    protected abstract double KlCoefficient { get; }

    /// <summary>What the algorithm keeps beside parameters.</summary>
    protected virtual IReadOnlyDictionary<string, double> Numbers => new Dictionary<string, double>();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        _optimiser.SetShare(1 - (Iteration / (double)_options.Iterations));
        Sample[] samples = [.. _source.Draw(Policy, Iteration, cancellationToken).Where(sample => _guard.Allows($"iteration {Iteration}, score", sample.Score))];
        SeededRandom.For(_task.Seed, "minibatches", Iteration).Shuffle(samples);
        var size = Math.Max(1, (samples.Length + _options.Minibatches - 1) / _options.Minibatches);
        Minibatch[] batches = [.. samples.Chunk(size).Select(some => Read(some, cancellationToken))];
        Estimate(samples);
        Weigh(samples);

        var metrics = RolloutFigures.Of(batches, KlCoefficient);
        Describe(samples, metrics);
        var steps = Update(batches, cancellationToken);
        steps.WriteTo(metrics);
        Learned([.. samples.Where(sample => !sample.FromOtherVersion)]);
        Iteration++;
        metrics["lr"] = _optimiser.LearningRate;
        metrics["episode"] = Iteration * _options.Rollouts;
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

    /// <summary>Reads what else the algorithm needs of a minibatch before the first step. Called without gradient.</summary>
    protected virtual void Prepare(Minibatch batch)
    {
    }

    /// <summary>Sets each sample's advantages.</summary>
    protected abstract void Estimate(IReadOnlyList<Sample> samples);

    /// <summary>Adds the algorithm's own figures of an iteration's samples.</summary>
    protected virtual void Describe(IReadOnlyList<Sample> samples, Dictionary<string, double> metrics)
    {
    }

    /// <summary>The loss of a minibatch.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <param name="logProbs">(N) under the policy, with gradient.</param>
    /// <param name="old">(N) under the policy before the iteration's first step.</param>
    protected abstract StepLoss Loss(Minibatch batch, Tensor logProbs, Tensor old);

    /// <summary>Called after an iteration's last step.</summary>
    protected virtual void Learned(IReadOnlyList<Sample> own)
    {
    }

    /// <summary>Everything about some replies that stays fixed while the iteration updates.</summary>
    private Minibatch Read(Sample[] samples, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
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

        var batch = new Minibatch(tokens.MoveToOuterDisposeScope(), belowPolicy.MoveToOuterDisposeScope(), below.MoveToOuterDisposeScope(), samples, entropy.mean().item<float>());
        Prepare(batch);
        return batch;
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
        var trunk = _task.Trunk;
        var old = batch.Flat(sample => sample.Policy);                                                                          // (N)
        var rows = trunk.AboveAt(batch.BelowPolicy, _policyLayer, batch.Tokens.Positions, _policy);                             // (N, d)
        var logProbs = trunk.LogProbsOf(rows, batch.Tokens.Targets, _options.Temperature);                                      // (N)
        var loss = Loss(batch, logProbs, old);
        var norm = _optimiser.Backward(loss.Total);
        var approxKl = (logProbs.detach() - old).pow(2).mean().item<float>() / 2.0;
        if (!_guard.Allows($"iteration {Iteration}", loss.Total.item<float>(), norm, approxKl))
            return 0;

        // A step too far is not taken: the ratio that shows it comes from the steps before.
        if (approxKl <= ApproxKlTolerance * _options.ApproxKlTarget)
            _optimiser.Step();

        figures.Add([("policy/approxkl_avg", approxKl), .. loss.Figures]);
        return approxKl;
    }
}
