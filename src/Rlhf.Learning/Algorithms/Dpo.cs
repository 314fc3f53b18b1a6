using System.ComponentModel.DataAnnotations;
using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The hyperparameters of DPO beside those of <see cref="PreferenceOptions"/>.</summary>
public sealed record DpoOptions : PreferenceOptions
{
    /// <summary>Where the ledger holds fewer pairs than this, the rest are sampled and judged by the reward model.</summary>
    /// <value>The default value is 256.</value>
    [Range(0, 1_000_000)]
    public int LeastPairs { get; init; } = 256;

    /// <summary>Replies to a prompt of which the best and the worst make a sampled pair (RSO samples 8; two would often score alike).</summary>
    /// <value>The default value is 4.</value>
    [Range(2, 64)]
    public int Generations { get; init; } = 4;
}

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023): the policy learns from pairs of a better and a worse reply, without sampling and
/// without a value model. An iteration is a pass over the pairs.
/// </summary>
/// <remarks>
/// Where this deviates from the paper:
/// <list type="bullet">
/// <item>A pair is two replies that were compared, a correction and what it corrects, or a reply with a thumb up and one with a thumb down to the same
/// prompt; weighted by how far the raters are trusted.</item>
/// <item>People seldom rate two replies to one prompt. Where the ledger has too few such pairs, the policy that the run starts from
/// answers prompts several times, and the reward model tells the best from the worst (Liu et al. 2024, RSO; Guo et al. 2024).</item>
/// <item>The reference is the bare trunk, not the policy that the run starts from: as everywhere here.</item>
/// </list>
/// </remarks>
internal sealed class Dpo : IPolicyTrainer
{
    private readonly PolicyTask _task;
    private readonly DpoOptions _options;
    private readonly TrainedPolicy _policy;
    private readonly LogRatios _ratios;
    private readonly IReadOnlyList<ReplyPair> _rated;
    private IReadOnlyList<ReplyPair>? _pairs;

    public Dpo(PolicyTask task, DpoOptions options)
    {
        (_task, _options) = (task, options);
        _rated = [.. ReplyPair.Of(task.Rated), .. task.Pairs.Where(pair => pair.Weight > 0)];
        if (_rated.Count + options.LeastPairs == 0)
            throw new ArgumentException("DPO needs a comparison, a correction, or a reply with a thumb up beside one with a thumb down to the same prompt, and the ledger holds none; let pairs be sampled (Learner:Dpo:LeastPairs above 0) or use kto.", nameof(task));

        _policy = new TrainedPolicy(task.Trunk, task.Start, options.LearningRate, options.WeightDecay, options.GradientNorm);
        _ratios = new LogRatios(task.Trunk, _policy.Lora, options.Temperature);
    }

    public int Iteration => _policy.Iteration;

    public LoraAdapter Policy => _policy.ToAdapter();

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        _policy.BeginIteration(_options.Iterations);
        _pairs ??= [.. _rated, .. SamplePairs(_options.LeastPairs - _rated.Count, cancellationToken)];
        _ratios.ReadReference(_pairs.SelectMany(Replies), cancellationToken);

        ReplyPair[] order = [.. _pairs];
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

    private void Step(ReplyPair[] batch, StepMetrics steps)
    {
        using var scope = NewDisposeScope();
        using var forward = _ratios.Forward([.. batch.SelectMany(Replies)], out var ratios);                        // (2·B)
        var pairs = ratios.view(batch.Length, 2);                                                                    // (B, 2)
        var (chosen, rejected) = (pairs.select(1, 0), pairs.select(1, 1));                                           // (B), (B)
        var loss = Loss(chosen, rejected, tensor(batch.Select(pair => (float)pair.Weight).ToArray(), device: _task.Trunk.Device), _options.Beta);
        if (!_policy.TryStep($"pass {Iteration}", loss, forward))
            return;

        var (better, worse) = (chosen.ToArray(), rejected.ToArray());
        steps.Add(
            [
                ("loss/policy_avg", loss.item<float>()),
                ("rewards/chosen", _options.Beta * better.Average()),
                ("rewards/rejected", _options.Beta * worse.Average()),
                ("rewards/margins", _options.Beta * (better.Average() - worse.Average())),
                ("rewards/accuracies", better.Zip(worse).Average(pair => pair.First > pair.Second ? 1.0 : 0.0)),
                ("val/rated_pairs", _rated.Count),
            ]);
    }

    /// <summary>The loss (equation 7): <c>Σ w·−log σ(β·(chosen − rejected)) / Σ w</c>.</summary>
    /// <param name="chosen">(B) log-ratios log π(y|x) − log π_ref(y|x) of the better replies in nats, with gradient.</param>
    /// <param name="rejected">(B) log-ratios of the worse ones, with gradient.</param>
    /// <param name="weights">(B).</param>
    /// <param name="beta">β.</param>
    internal static Tensor Loss(Tensor chosen, Tensor rejected, Tensor weights, double beta)
        => (nn.functional.logsigmoid((chosen - rejected).Times(beta)).neg() * weights).sum() / weights.sum();      // (B) * (B)

    private static IEnumerable<Rollout> Replies(ReplyPair pair) => [pair.Chosen, pair.Rejected];

    /// <summary>From the run's start and its seed, whatever iteration asks: a resumed run samples the same. A prompt whose replies all score alike, or one of them
    /// not finite, gives no pair.</summary>
    private IEnumerable<ReplyPair> SamplePairs(int count, CancellationToken cancellationToken)
    {
        if (count <= 0)
            return [];

        var k = _options.Generations;
        RolloutPrompt[] prompts = [.. new PromptOrder(_task.Prompts, _task.Seed).Take(0, count).SelectMany(prompt => Enumerable.Repeat(prompt, k))];
        var replies = _task.Sampler.Sample(_task.Start, prompts, SeededRandom.Hash(_task.Seed, "pairs"), cancellationToken);
        var scores = _task.Reward.Score([.. replies.Select(reply => _task.Reward.Encoder.Encode(reply.Prompt.Context, reply.Text))], cancellationToken);
        return replies.Zip(scores).Chunk(k)
            .Select(same => (Best: same.MaxBy(reply => reply.Second), Worst: same.MinBy(reply => reply.Second)))
            .Where(pair => pair.Best.Second > pair.Worst.Second)
            .Select(pair => new ReplyPair(pair.Best.First, pair.Worst.First, 1));
    }
}
