using Rlhf.Learning.Model;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Kahneman-Tversky optimisation (Ethayarajh et al. 2024): the policy learns from single thumbs. A reply's value is how far its log-ratio
/// to the reference lies above the one that any reply has at present, for a thumb up, or below it, for a thumb down.
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
internal sealed class KtoTrainer : PreferenceTrainer<RatedRollout>
{
    private readonly KtoOptions _options;
    private readonly RatedRollout[] _rated;
    private readonly double _up;
    private readonly double _down;
    private double _z;

    public KtoTrainer(PolicyTask task, KtoOptions options)
        : base(task, options)
    {
        _options = options;
        _rated = [.. task.Rated.Where(reply => reply.Weight > 0)];
        var up = _rated.Where(reply => reply.Up).Sum(reply => reply.Weight);
        var down = _rated.Where(reply => !reply.Up).Sum(reply => reply.Weight);
        if (up == 0 || down == 0)
            throw new ArgumentException($"KTO needs thumbs of both kinds from trusted raters; there are {_rated.Count(reply => reply.Up)} up and {_rated.Count(reply => !reply.Up)} down.", nameof(task));

        // Both kinds together weigh as many examples as there are.
        _up = _rated.Length * options.UpOverDown / (1 + options.UpOverDown) / up;
        _down = _rated.Length / (1 + options.UpOverDown) / down;
    }

    protected override IReadOnlyList<RatedRollout> Examples(CancellationToken cancellationToken) => _rated;

    protected override IEnumerable<Rollout> Replies(RatedRollout example) => [example.Rollout];

    protected override StepLoss Loss(RatedRollout[] batch, Tensor ratios)
    {
        var z = Math.Max(0, Mismatched(batch));
        var loss = PreferenceLosses.Kto(
            ratios,
            tensor(batch.Select(example => example.Up ? 1f : -1f).ToArray(), device: Device),
            tensor(batch.Select(example => (float)(example.Weight * (example.Up ? _up : _down))).ToArray(), device: Device),
            z,
            _options.Beta);
        var rewards = ratios.ToArray().Zip(batch, (ratio, example) => (Reward: _options.Beta * ratio, example.Up)).ToLookup(pair => pair.Up, pair => pair.Reward);
        return new StepLoss(loss, [("objective/kl", z), .. Mean("rewards/chosen", rewards[true]), .. Mean("rewards/rejected", rewards[false])]);
    }

    /// <summary>The mean log-ratio of replies to prompts that they do not answer, in nats a reply.</summary>
    private double Mismatched(RatedRollout[] batch)
    {
        Rollout[] mismatched = [.. batch.Select((example, i) => Elsewhere(batch, i) is { } other ? other.Rollout with { Prompt = example.Rollout.Prompt } : null).OfType<Rollout>()];
        if (mismatched.Length > 0)
        {
            using var noGradient = no_grad();
            _z = LogRatios(mismatched).ToArray().Average(ratio => (double)ratio);
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
