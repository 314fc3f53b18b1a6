using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of KTO beside those of <see cref="PreferenceOptions"/>.</summary>
public sealed record KtoOptions : PreferenceOptions
{
    /// <summary>Weight of all thumbs up together over that of all thumbs down; the paper advises 1 to 4/3 one way or the other.</summary>
    /// <value>The default value is 1.</value>
    [Range(0.1, 10.0)]
    public double UpOverDown { get; init; } = 1;
}

/// <summary>
/// Kahneman-Tversky optimisation (Ethayarajh et al. 2024): the policy learns from single thumbs. A reply's value is how far its log-ratio
/// to the reference lies above the one that any reply has at present, for a thumb up, or below it, for a thumb down. An iteration is a pass over the thumbs.
/// </summary>
/// <remarks>
/// Where this deviates from the paper:
/// <list type="bullet">
/// <item>Each thumb is also weighted by how far its rater is trusted.</item>
/// <item>The present log-ratio z comes, as in the paper, from replies set beside another example's prompt: the next one of the minibatch that has
/// another prompt, so no other batch is read. A minibatch whose examples all have one prompt keeps the z of the one before it.</item>
/// <item>The reference is the bare trunk, not the policy that the run starts from: as everywhere here.</item>
/// </list>
/// </remarks>
internal sealed class Kto : IPolicyTrainer
{
    private readonly PolicyTask _task;
    private readonly KtoOptions _options;
    private readonly TrainedPolicy _policy;
    private readonly LogRatios _ratios;
    private readonly RatedRollout[] _rated;
    private readonly double _up;
    private readonly double _down;
    private double _z;

    public Kto(PolicyTask task, KtoOptions options)
    {
        (_task, _options) = (task, options);
        _rated = [.. task.Rated.Where(reply => reply.Weight > 0)];
        var up = _rated.Where(reply => reply.Up).Sum(reply => reply.Weight);
        var down = _rated.Where(reply => !reply.Up).Sum(reply => reply.Weight);
        if (up == 0 || down == 0)
            throw new ArgumentException($"KTO needs thumbs of both kinds from trusted raters; there are {_rated.Count(reply => reply.Up)} up and {_rated.Count(reply => !reply.Up)} down.", nameof(task));

        // Both kinds together weigh as many examples as there are.
        _up = _rated.Length * options.UpOverDown / (1 + options.UpOverDown) / up;
        _down = _rated.Length / (1 + options.UpOverDown) / down;
        _policy = new TrainedPolicy(task.Trunk, task.Start, options.LearningRate, options.WeightDecay, options.GradientNorm);
        _ratios = new LogRatios(task.Trunk, _policy.Lora, options.Temperature);
    }

    public int Iteration => _policy.Iteration;

    public LoraAdapter Policy => _policy.ToAdapter();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        _policy.BeginIteration(_options.Iterations);
        _ratios.ReadReference(_rated.Select(example => example.Rollout), cancellationToken);

        RatedRollout[] order = [.. _rated];
        SeededRandom.For(_task.Seed, "pass", Iteration).Shuffle(order);
        var steps = new StepMetrics();
        foreach (var batch in order.Chunk(_options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step(batch, steps);
        }

        var metrics = new Dictionary<string, double>();
        _policy.EndIteration(metrics, steps, order.Length);
        return metrics;
    }

    public PolicySnapshot Capture() => _policy.Capture();

    public void Restore(PolicySnapshot snapshot) => _policy.Restore(snapshot);

    public void Dispose() => _policy.Dispose();

    private void Step(RatedRollout[] batch, StepMetrics steps)
    {
        using var scope = NewDisposeScope();
        using var forward = _ratios.Forward([.. batch.Select(example => example.Rollout)], out var ratios);         // (B)
        var z = Math.Max(0, MismatchedLogRatio(batch));
        var loss = Loss(
            ratios,
            tensor(batch.Select(example => example.Up ? 1f : -1f).ToArray(), device: _task.Trunk.Device),
            tensor(batch.Select(example => (float)(example.Weight * (example.Up ? _up : _down))).ToArray(), device: _task.Trunk.Device),
            z,
            _options.Beta);
        if (!_policy.TryStep($"pass {Iteration}", loss, forward))
            return;

        var rewards = ratios.ToArray().Zip(batch, (ratio, example) => (Reward: _options.Beta * ratio, example.Up)).ToLookup(pair => pair.Up, pair => pair.Reward);
        steps.Add([("loss/policy_avg", loss.item<float>()), ("kl", z), .. Mean("rewards/chosen", rewards[true]), .. Mean("rewards/rejected", rewards[false])]);
    }

    /// <summary>The loss (equation 8): <c>mean(w·(1 − v))</c> with <c>v = σ(β·(r − z))</c> for a good reply and <c>v = σ(β·(z − r))</c> for a bad one.</summary>
    /// <param name="ratios">(B) log-ratios r = log π(y|x) − log π_ref(y|x) in nats, with gradient.</param>
    /// <param name="signs">(B): 1 for a good reply, −1 for a bad one.</param>
    /// <param name="weights">(B).</param>
    /// <param name="reference">z, the KL the policy is at; never negative and without gradient.</param>
    /// <param name="beta">β.</param>
    internal static Tensor Loss(Tensor ratios, Tensor signs, Tensor weights, double reference, double beta)
        => ((ratios.Minus(reference) * signs).Times(beta).sigmoid().neg().Plus(1) * weights).mean();          // (B) * (B)

    /// <summary>The mean log-ratio of replies to prompts that they do not answer, in nats a reply.</summary>
    private double MismatchedLogRatio(RatedRollout[] batch)
    {
        Rollout[] mismatched = [.. batch.Select((example, i) => Elsewhere(batch, i) is { } other ? other.Rollout with { Prompt = example.Rollout.Prompt } : null).OfType<Rollout>()];
        if (mismatched.Length > 0)
        {
            using var noGradient = no_grad();
            _z = _ratios.Of(mismatched).ToArray().Average(ratio => (double)ratio);
        }

        return _z;
    }

    /// <summary>The next example whose prompt is another one.</summary>
    private static RatedRollout? Elsewhere(RatedRollout[] batch, int i) => Enumerable.Range(1, batch.Length - 1)
        .Select(step => batch[(i + step) % batch.Length])
        .FirstOrDefault(other => !other.Rollout.Prompt.Tokens.SequenceEqual(batch[i].Rollout.Prompt.Tokens));

    private static IEnumerable<(string Name, double Value)> Mean(string name, IEnumerable<double> rewards)
        => rewards.Any() ? [(name, rewards.Average())] : [];
}
