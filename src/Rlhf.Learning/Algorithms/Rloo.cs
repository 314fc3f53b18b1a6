using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of RLOO beside those of <see cref="OnPolicyOptions"/>.</summary>
public sealed record RlooOptions : OnPolicyOptions
{
    /// <summary>k: replies to each prompt (Ahmadian et al. 2024: 2 or 4).</summary>
    /// <value>The default value is 4.</value>
    [Range(2, 64)]
    public int Generations { get; init; } = 4;

    /// <summary>β of the penalty β·KL in a reply's reward (TRL: 0.05).</summary>
    /// <value>The default value is 0.05.</value>
    [Range(0.0, 100.0)]
    public double KlCoefficient { get; init; } = 0.05;
}

/// <summary>
/// REINFORCE leave-one-out (Ahmadian et al. 2024, "Back to basics"; Kool et al. 2019): a whole reply is one action, its reward is the score
/// less β times its KL, and the baseline is the mean reward of the other replies to the same prompt. No value model.
/// </summary>
/// <remarks>
/// Where this deviates from the sources:
/// <list type="bullet">
/// <item>The paper takes one step a batch. Here, as in TRL, replies serve several steps, and the ratio of the whole reply's probabilities,
/// clipped as PPO's, keeps them near the policy that sampled. At the first step it is 1 and its gradient REINFORCE's.</item>
/// <item>β is fixed.</item>
/// <item>A rated reply that has no other to its prompt is measured against the whole batch.</item>
/// </list>
/// </remarks>
internal sealed class Rloo : IPolicyTrainer
{
    private readonly PolicyTask _task;
    private readonly RlooOptions _options;
    private readonly RolloutCollector _collector;
    private readonly TrainedPolicy _policy;

    public Rloo(PolicyTask task, RlooOptions options)
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

    /// <summary>The reward of a reply is its score less β times its KL, and its advantage is that of each of its tokens.</summary>
    private void ComputeAdvantages(Experience[] experiences)
    {
        var advantages = LeaveOneOut(
            [.. experiences.Select(experience => experience.Score - (_options.KlCoefficient * experience.Kl))],
            [.. experiences.Select(experience => experience.Group)]);
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
        var members = batch.Members();                                                                              // (B, N)
        var clipped = ClippedLoss.Of(members.mv(logProbs), members.mv(old), batch.EachReply(experience => experience.Advantages[0]), _options.ClipRatio);   // (B)
        var loss = clipped.Losses.mean();
        var approxKl = KlEstimators.Approximate(logProbs, old);
        if (!_policy.TryStep($"iteration {Iteration}", loss, forward, approxKl, _options.MostApproxKl))
            return 0;

        steps.Add([("policy/approxkl_avg", approxKl), ("loss/policy_avg", loss.item<float>()), .. clipped.Metrics]);
        return approxKl;
    }

    /// <summary>Each reply's reward less the mean of the others of its group (leave-one-out; Kool et al. 2019). A reply that is alone is measured
    /// against all others.</summary>
    internal static double[] LeaveOneOut(IReadOnlyList<double> rewards, IReadOnlyList<int> groups)
        => Groups.Compare(rewards, groups, (reward, group) => group.Count > 1 ? reward - ((group.Sum() - reward) / (group.Count - 1)) : 0);
}
