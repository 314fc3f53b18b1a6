using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of PPO beside those of <see cref="OnPolicyOptions"/>.</summary>
public sealed record PpoOptions : OnPolicyOptions
{
    /// <summary>Discount γ (OpenAI 2019, TRL, trlX: 1).</summary>
    /// <value>The default value is 1.</value>
    [Range(0.0, 1.0)]
    public double Gamma { get; init; } = 1;

    /// <summary>Trace decay λ of the advantage estimate (OpenAI 2019, TRL, trlX: 0.95).</summary>
    /// <value>The default value is 0.95.</value>
    [Range(0.0, 1.0)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>How far a value may count, away from the one at rollout (OpenAI 2019, TRL: 0.2).</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.001, 1000.0)]
    public double ClipValue { get; init; } = 0.2;

    /// <summary>Share of the value's loss (OpenAI 2019, TRL: 0.1).</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.0, 100.0)]
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>The KL coefficient β at the start (OpenAI 2019: 0.15). With a target, a version goes on from the β that its parent ended with.</summary>
    /// <value>The default value is 0.15.</value>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.15;

    /// <summary>Nats a reply that β is steered to (OpenAI 2019, trlX: 6); null keeps β fixed.</summary>
    /// <value>The default value is 6.</value>
    [Range(0.001, 10_000.0)]
    public double? KlTarget { get; init; } = 6;

    /// <summary>Replies over which an error of 1 would double β. OpenAI 2019 has 10,000 for runs of a million replies; a job here has a few hundred, over which β
    /// would not move: with the default an iteration of 128 replies moves it by up to 10 %.</summary>
    /// <value>The default value is 256.</value>
    [Range(1.0, 1e9)]
    public double KlHorizon { get; init; } = 256;

    /// <summary>Learning rate of the value model at the start; it falls along with the policy's.</summary>
    /// <value>The default value is 0.001.</value>
    [Range(1e-9, 1.0)]
    public double ValueLearningRate { get; init; } = 1e-3;
}

/// <summary>
/// Proximal policy optimisation of a language model against a reward model (Schulman et al. 2017; Ziegler et al. 2019; Stiennon et
/// al. 2020; TRL).
/// </summary>
/// <remarks>
/// Where this deviates from the sources:
/// <list type="bullet">
/// <item>Policy, reference, reward and value share one frozen trunk; policy and value train a LoRA each, so one loss has two disjoint
/// sets of parameters and one gradient norm over both.</item>
/// <item>Replies are cut into minibatches once an iteration and each epoch only changes the minibatches' order, so that what the
/// frozen layers below the value's LoRA make of them is computed once.</item>
/// <item>The old log-probs are recomputed here, so the first ratio is exactly 1; how far the decode engine's are from them is measured.</item>
/// <item>When the approximate KL of a step exceeds 1.5 times its target, the rest of the iteration's epochs go with that epoch: each
/// would stop at its first step.</item>
/// <item>β is kept with the version and carried into the next job, and its horizon is a job's, not that of one long run.</item>
/// <item><c>policy/entropy_avg</c> is measured once, before the first step; means are over generated tokens, where TRL's ratio counts padding as 1.</item>
/// <item>Rated replies of earlier versions may join (off unless asked for); their advantages carry the truncated importance weight of
/// the whole reply, while the clipped ratio is to the policy before the iteration, as in Hilton et al. 2021.</item>
/// </list>
/// </remarks>
internal sealed class Ppo : IPolicyTrainer
{
    private const string KlCoefficientName = "kl_coefficient";

    private readonly PolicyTask _task;
    private readonly PpoOptions _options;
    private readonly RolloutCollector _collector;
    private readonly ValueModel _value;
    private readonly TrainedPolicy _policy;
    private AdaptiveKl _kl;

    public Ppo(PolicyTask task, PpoOptions options)
    {
        (_task, _options) = (task, options);
        _collector = new RolloutCollector(task, options, repliesPerPrompt: 1);
        _value = new ValueModel(task.Trunk, task.Reward.Adapter);
        _policy = new TrainedPolicy(task.Trunk, task.Start, options.LearningRate, options.WeightDecay, options.GradientNorm, (_value, options.ValueLearningRate));
        _kl = KlFrom(options.KlTarget is not null && task.KlCoefficient is { } parents ? parents : options.KlCoefficient);
    }

    public int Iteration => _policy.Iteration;

    public LoraAdapter Policy => _policy.ToAdapter();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        _policy.BeginIteration(_options.Iterations);

        // What is sampled, scored and measured once.
        var experiences = _collector.Collect(_policy, cancellationToken);
        var batches = Minibatch.Read(experiences, _task.Trunk, _policy, _options, _value.Layer, scope, cancellationToken);
        ComputeValues(batches);
        ComputeAdvantages(experiences);
        Experience.ApplyImportanceWeights(experiences, _options.ImportanceCap);
        var metrics = RolloutMetrics.Of(batches, _kl.Coefficient, _collector.Components);
        metrics["val/explained_variance"] = ExplainedVariance([.. experiences.SelectMany(e => e.Values)], [.. experiences.SelectMany(e => e.Returns)]);

        // The same replies in several epochs, until the policy is too far from the one that sampled them.
        var steps = new StepMetrics();
        foreach (var batch in Minibatch.Epochs(batches, _options.Epochs, _task.Seed, Iteration))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Step(batch, steps) > _options.MostApproxKl)
                break;
        }

        UpdateKlCoefficient([.. experiences.Where(experience => !experience.FromOtherVersion)]);
        _policy.EndIteration(metrics, steps, _options.Rollouts);
        metrics["val/ratio_var"] = steps.Variance("val/ratio");
        metrics[PolicyTask.NextKlCoefficient] = _kl.Coefficient;
        return metrics;
    }

    public PolicySnapshot Capture() => _policy.Capture(new Dictionary<string, double> { [KlCoefficientName] = _kl.Coefficient });

    public void Restore(PolicySnapshot snapshot)
    {
        _policy.Restore(snapshot);
        _kl = KlFrom(snapshot.Numbers[KlCoefficientName]);
    }

    public void Dispose()
    {
        _policy.Dispose();
        _value.Dispose();
    }

    private AdaptiveKl KlFrom(double coefficient) => new(coefficient, _options.KlTarget, _options.KlHorizon);

    private void ComputeValues(Minibatch[] batches)
    {
        _ = _task.Trunk.Workers.Run([.. batches.SelectMany(batch => batch.Shards)], shard =>
        {
            using var noGradient = no_grad();
            using var values = _value.Values(shard.Below, shard.Tokens.Positions);                                  // (N)
            shard.Deal(values.ToArray(), (experience, own) => experience.Values = own);
            return shard;
        });
    }

    /// <summary>Rewards are −β·k1 a token and the score on the last one; GAE makes advantages and returns of them.</summary>
    private void ComputeAdvantages(Experience[] experiences)
    {
        foreach (var experience in experiences)
        {
            var rewards = new float[experience.Length];
            for (var t = 0; t < rewards.Length; t++)
                rewards[t] = (float)(-_kl.Coefficient * (experience.Policy[t] - experience.Reference[t]));
            rewards[^1] += (float)experience.Score;
            (experience.Advantages, experience.Returns) = EstimateAdvantages(rewards, experience.Values, _options.Gamma, _options.Lambda);
        }

        Whiten([.. experiences.Select(experience => experience.Advantages)]);
    }

    /// <summary>One step of the optimiser.</summary>
    /// <returns>The approximate KL to the policy that sampled, in nats a token.</returns>
    private double Step(Minibatch batch, StepMetrics steps)
    {
        using var scope = NewDisposeScope();
        using var forward = ShardedForward.Of(
            _task.Trunk.Workers, batch.Shards, shard => [_policy.LogProbs(shard, _options.Temperature), _value.Values(shard.Below, shard.Tokens.Positions)]);
        var (logProbs, values) = (forward.Outputs[0], forward.Outputs[1]);                                          // (N), (N)
        var old = batch.Flat(experience => experience.Policy);                                                      // (N)
        var clipped = ClippedLoss.Of(logProbs, old, batch.Flat(experience => experience.Advantages), _options.ClipRatio);
        var policyLoss = clipped.Losses.mean();
        var (valueLoss, valueClipped) = ValueLoss(values, batch.Flat(experience => experience.Values), batch.Flat(experience => experience.Returns), _options.ClipValue);
        var approxKl = KlEstimators.Approximate(logProbs, old);
        if (!_policy.TryStep($"iteration {Iteration}", policyLoss.Plus(valueLoss.Times(_options.ValueCoefficient)), forward, approxKl, _options.MostApproxKl))
            return 0;

        steps.Add([
            ("policy/approxkl_avg", approxKl),
            ("loss/policy_avg", policyLoss.item<float>()),
            ("loss/value_avg", valueLoss.item<float>()),
            ("val/clipfrac_avg", valueClipped.to_type(ScalarType.Float32).mean().item<float>()),
            .. clipped.Metrics]);
        return approxKl;
    }

    private void UpdateKlCoefficient(Experience[] own)
    {
        if (own.Length > 0)
            _kl.Update(own.Average(experience => experience.Kl), own.Length);
    }

    /// <summary>
    /// Generalised advantage estimation over the tokens of one reply (Schulman et al. 2016): <c>δ_t = r_t + γ·V_{t+1} − V_t</c>,
    /// <c>A_t = δ_t + γλ·A_{t+1}</c>, <c>R_t = A_t + V_t</c>. After the last token the value is 0: a reply is a whole episode, and a truncated one has paid for it in
    /// its score.
    /// </summary>
    /// <param name="rewards">Reward of each token.</param>
    /// <param name="values">Value before each token, of the same length.</param>
    /// <param name="gamma">Discount γ.</param>
    /// <param name="lambda">Trace decay λ.</param>
    /// <returns>The advantages and the returns, one a token.</returns>
    internal static (float[] Advantages, float[] Returns) EstimateAdvantages(ReadOnlySpan<float> rewards, ReadOnlySpan<float> values, double gamma, double lambda)
    {
        if (rewards.Length != values.Length)
            throw new ArgumentException($"There are {rewards.Length} rewards and {values.Length} values; each token needs one of both.", nameof(values));

        var advantages = new float[rewards.Length];
        var returns = new float[rewards.Length];
        double running = 0, next = 0;
        for (var t = rewards.Length - 1; t >= 0; t--)
        {
            running = rewards[t] + (gamma * next) - values[t] + (gamma * lambda * running);
            next = values[t];
            advantages[t] = (float)running;
            returns[t] = (float)(running + next);
        }

        return (advantages, returns);
    }

    /// <summary>Shifts and scales the advantages of all replies of an iteration, in place, to mean 0 and standard deviation 1.</summary>
    internal static void Whiten(IReadOnlyList<float[]> advantages)
    {
        double count = 0, sum = 0, squares = 0;
        foreach (var a in advantages.SelectMany(reply => reply))
            (count, sum, squares) = (count + 1, sum + a, squares + ((double)a * a));
        if (count < 2)
            return;

        var mean = sum / count;
        var scale = 1 / Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)) + 1e-8);
        foreach (var reply in advantages)
        {
            for (var t = 0; t < reply.Length; t++)
                reply[t] = (float)((reply[t] - mean) * scale);
        }
    }

    /// <summary>The clipped value loss, <c>½·mean(max((V − R)², (clip(V, V_old − ε, V_old + ε) − R)²))</c>, and where the clipped part is the larger one.</summary>
    /// <param name="values">(N) under the value model, with gradient.</param>
    /// <param name="old">(N) at rollout.</param>
    /// <param name="returns">(N) targets.</param>
    /// <param name="clip">ε.</param>
    internal static (Tensor Loss, Tensor Clipped) ValueLoss(Tensor values, Tensor old, Tensor returns, double clip)
    {
        var near = old.Plus((values - old).Clamped(-clip, clip));               // (N)
        var plain = (values - returns).Squared();                               // (N)
        var clipped = (near - returns).Squared();                               // (N)
        return (torch.maximum(plain, clipped).mean().Times(0.5), clipped.gt(plain));
    }

    private static double ExplainedVariance(float[] values, float[] returns)
    {
        var mean = returns.Average(r => (double)r);
        var total = returns.Sum(r => (r - mean) * (r - mean));
        var residuals = returns.Zip(values, (r, v) => (double)r - v).ToArray();
        var residualMean = residuals.Average();
        return total > 0 ? 1 - (residuals.Sum(e => (e - residualMean) * (e - residualMean)) / total) : 0;
    }
}
