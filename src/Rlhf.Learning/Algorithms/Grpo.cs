using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of GRPO beside those of <see cref="OnPolicyOptions"/>.</summary>
public sealed record GrpoOptions : OnPolicyOptions
{
    /// <summary>G: replies to each prompt (TRL: 8; DeepSeekMath: 64).</summary>
    /// <value>The default value is 8.</value>
    [Range(2, 256)]
    public int Generations { get; init; } = 8;

    /// <summary>β of the KL to the reference in the loss (DeepSeekMath: 0.04).</summary>
    /// <value>The default value is 0.04.</value>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.04;
}

/// <summary>
/// Group relative policy optimisation (Shao et al. 2024, "DeepSeekMath", section 4.1): the advantage of every token is its reply's score,
/// normalised by mean and deviation over the replies to the same prompt; PPO's clipped ratio a token; the KL to the reference is in the
/// loss, by the estimator k3. No value model.
/// </summary>
/// <remarks>
/// Where this deviates from the sources:
/// <list type="bullet">
/// <item>The reference is always the bare trunk; the paper moves it along between its outer rounds.</item>
/// <item>A rated reply that has no other to its prompt is normalised by the whole batch.</item>
/// </list>
/// </remarks>
internal sealed class Grpo : IPolicyTrainer
{
    private readonly PolicyTask _task;
    private readonly GrpoOptions _options;
    private readonly RolloutCollector _collector;
    private readonly TrainedPolicy _policy;

    public Grpo(PolicyTask task, GrpoOptions options)
    {
        (_task, _options) = (task, options);
        _collector = new RolloutCollector(task, options, options.Generations);
        _policy = new TrainedPolicy(task.Trunk, task.Start, options.LearningRate, options.WeightDecay, options.GradientNorm);
    }

    public int Iteration => _policy.Iteration;

    public LoraAdapter Policy => _policy.ToAdapter();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        _policy.BeginIteration(_options.Iterations);

        var experiences = _collector.Collect(_policy, cancellationToken);
        var batches = Minibatch.Read(experiences, _task.Trunk, _policy, _options, _policy.Layer, scope, cancellationToken);
        ComputeAdvantages(experiences);
        Experience.ApplyImportanceWeights(experiences, _options.ImportanceCap);
        var metrics = RolloutMetrics.Of(batches, _options.KlCoefficient, _collector.Components);

        var steps = new StepMetrics();
        foreach (var batch in Minibatch.Epochs(batches, _options.Epochs, _task.Seed, Iteration))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Step(batch, steps) > _options.MostApproxKl)
                break;
        }

        _policy.EndIteration(metrics, steps, _options.Rollouts);
        metrics["val/ratio_var"] = steps.Variance("val/ratio");
        return metrics;
    }

    public PolicySnapshot Capture() => _policy.Capture();

    public void Restore(PolicySnapshot snapshot) => _policy.Restore(snapshot);

    public void Dispose() => _policy.Dispose();

    private static void ComputeAdvantages(Experience[] experiences)
    {
        var advantages = Normalise([.. experiences.Select(experience => experience.Score)], [.. experiences.Select(experience => experience.Group)]);
        foreach (var (experience, advantage) in experiences.Zip(advantages))
            experience.Advantages = [.. Enumerable.Repeat((float)advantage, experience.Length)];
    }

    /// <summary>One step of the optimiser.</summary>
    /// <returns>The approximate KL to the policy that sampled, in nats a token.</returns>
    private double Step(Minibatch batch, StepMetrics steps)
    {
        using var scope = NewDisposeScope();
        using var forward = ShardedForward.Of(_task.Trunk.Workers, batch.Shards, shard => [_policy.LogProbs(shard, _options.Temperature)]);
        var logProbs = forward.Outputs[0];                                                                          // (N)
        var old = batch.Flat(experience => experience.Policy);                                                      // (N)
        var weights = batch.Flat(experience => [.. Enumerable.Repeat(1f / (batch.Experiences.Length * experience.Length), experience.Length)]);   // (N)
        var clipped = ClippedLoss.Of(logProbs, old, batch.Flat(experience => experience.Advantages), _options.ClipRatio);
        var (policyLoss, klLoss) = Loss(clipped, logProbs, batch.Flat(experience => experience.Reference), weights);
        var approxKl = KlEstimators.Approximate(logProbs, old);
        if (!_policy.TryStep($"iteration {Iteration}", policyLoss.Plus(klLoss.Times(_options.KlCoefficient)), forward, approxKl, _options.MostApproxKl))
            return 0;

        steps.Add([("policy/approxkl_avg", approxKl), ("loss/policy_avg", policyLoss.item<float>()), ("loss/kl_avg", klLoss.item<float>()), .. clipped.Metrics]);
        return approxKl;
    }

    /// <summary>The two parts of the loss (equation 3): PPO's clipped loss and k3 to the reference, each <c>Σ w·x</c> over the tokens.</summary>
    /// <param name="clipped">(N) PPO's clipped loss of each token.</param>
    /// <param name="logProbs">(N) under the policy, with gradient.</param>
    /// <param name="reference">(N) under the reference.</param>
    /// <param name="weights">(N): 1/(B·|o|) for a token of a reply of |o| tokens, one of B.</param>
    internal static (Tensor Policy, Tensor Kl) Loss(ClippedLoss clipped, Tensor logProbs, Tensor reference, Tensor weights)
        => ((clipped.Losses * weights).sum(), (KlEstimators.K3(logProbs, reference) * weights).sum());

    /// <summary>Each reply's reward less its group's mean, divided by the group's sample deviation.</summary>
    internal static double[] Normalise(IReadOnlyList<double> rewards, IReadOnlyList<int> groups)
    {
        const double least = 1e-4;    // TRL's: a group of equal rewards teaches nothing and must not blow up.
        return Groups.Compare(rewards, groups, (reward, group) =>
        {
            var mean = group.Average();
            var deviation = group.Count > 1 ? Math.Sqrt(group.Sum(r => (r - mean) * (r - mean)) / (group.Count - 1)) : 0;
            return (reward - mean) / (deviation + least);
        });
    }
}
