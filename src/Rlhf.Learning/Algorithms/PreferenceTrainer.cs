using Rlhf.Inference;
using Rlhf.Learning.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// What DPO and KTO share: an iteration is a pass over judged replies in minibatches, and all they look at is how much likelier the policy
/// has made a whole reply than the reference. The reference is the bare trunk, so its log-probs are read once.
/// </summary>
/// <typeparam name="TExample">What a minibatch consists of.</typeparam>
internal abstract class PreferenceTrainer<TExample> : IPolicyTrainer
{
    private const int RepliesAtOnce = 32;

    private readonly PolicyTask _task;
    private readonly PreferenceOptions _options;
    private readonly LoraParameters _policy;
    private readonly PolicyOptimiser _optimiser;
    private readonly Dictionary<Rollout, float> _reference = new(ReferenceEqualityComparer.Instance);
    private StepGuard _guard = new();

    protected PreferenceTrainer(PolicyTask task, PreferenceOptions options)
    {
        _task = task;
        _options = options;
        _policy = new LoraParameters(task.Trunk.Config, task.Start, device: task.Trunk.Device);
        _optimiser = new PolicyOptimiser(options.WeightDecay, options.GradientNorm, (_policy, options.LearningRate));
    }

    public int Iteration { get; private set; }

    public LoraAdapter Policy => _policy.ToAdapter();

    protected Device Device => _task.Trunk.Device;

    public IReadOnlyDictionary<string, double> Iterate(CancellationToken cancellationToken)
    {
        _optimiser.SetShare(1 - (Iteration / (double)_options.Iterations));
        var figures = new StepFigures();
        TExample[] order = [.. Examples(cancellationToken)];
        if (_reference.Count == 0)
            ReadReference(order.SelectMany(Replies), cancellationToken);

        SeededRandom.For(_task.Seed, "pass", Iteration).Shuffle(order);
        foreach (var batch in order.Chunk(_options.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            Rollout[] replies = [.. batch.SelectMany(Replies)];
            using var forward = ReplyLogProbs.Forward(_task.Trunk, replies, LogRatios, out var places);
            var loss = Loss(batch, forward.Outputs[0].index_select(0, places));
            var norm = _optimiser.Backward(loss.Total, forward);
            var value = loss.Total.item<float>();
            if (!_guard.Allows($"pass {Iteration}", value, norm))
                continue;

            _optimiser.Step();
            figures.Add([("loss/policy_avg", value), .. loss.Figures]);
        }

        Iteration++;
        var metrics = new Dictionary<string, double>
        {
            ["lr"] = _optimiser.LearningRate,
            ["episode"] = Iteration * order.Length,
            ["val/dropped_steps"] = _guard.Dropped,
            ["val/steps"] = figures.Steps,
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

    /// <summary>All examples, in an order that does not depend on the iteration.</summary>
    protected abstract IReadOnlyList<TExample> Examples(CancellationToken cancellationToken);

    /// <summary>The replies of an example.</summary>
    protected abstract IEnumerable<Rollout> Replies(TExample example);

    /// <summary>The loss of a minibatch.</summary>
    /// <param name="batch">The minibatch.</param>
    /// <param name="ratios">log π(y|x) − log π_ref(y|x) of each example's replies, with gradient.</param>
    protected abstract StepLoss Loss(TExample[] batch, Tensor ratios);

    /// <summary>log π(y|x) − log π_ref(y|x) of each reply, (B).</summary>
    protected Tensor LogRatios(IReadOnlyList<Rollout> replies)
    {
        using var scope = NewDisposeScope();
        var reference = replies.All(_reference.ContainsKey)
            ? tensor(replies.Select(reply => _reference[reply]).ToArray(), device: Device)                          // (B)
            : LogProbs(replies, lora: null);                                                                 // (B)
        return (LogProbs(replies, _policy) - reference).MoveToOuterDisposeScope();
    }

    // In batches that do not depend on the iteration: a resumed run reads the same numbers to the last bit.
    private void ReadReference(IEnumerable<Rollout> replies, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        foreach (var some in replies.Distinct(ReferenceEqualityComparer.Instance).Cast<Rollout>().OrderBy(reply => reply.Columns).Chunk(RepliesAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var (reply, logProb) in some.Zip(LogProbs(some, lora: null).ToArray()))
                _reference[reply] = logProb;
        }
    }

    private Tensor LogProbs(IReadOnlyList<Rollout> replies, LoraParameters? lora) => ReplyLogProbs.Of(_task.Trunk, replies, lora, _options.Temperature);   // (B)
}
