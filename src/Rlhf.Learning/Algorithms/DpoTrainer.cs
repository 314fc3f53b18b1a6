using Rlhf.Inference;
using Rlhf.Learning.Model;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Direct preference optimisation (Rafailov et al. 2023): the policy learns from pairs of a better and a worse reply, without sampling and
/// without a value model.
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
internal sealed class DpoTrainer : PreferenceTrainer<ReplyPair>
{
    private readonly PolicyTask _task;
    private readonly DpoOptions _options;
    private readonly IReadOnlyList<ReplyPair> _rated;
    private IReadOnlyList<ReplyPair>? _all;

    public DpoTrainer(PolicyTask task, DpoOptions options)
        : base(task, options)
    {
        _task = task;
        _options = options;
        _rated = [.. ReplyPair.Of(task.Rated), .. task.Pairs.Where(pair => pair.Weight > 0)];
        if (_rated.Count + options.LeastPairs == 0)
            throw new ArgumentException("DPO needs a comparison, a correction, or a reply with a thumb up beside one with a thumb down to the same prompt, and the ledger holds none; let pairs be sampled (Learner:Dpo:LeastPairs above 0) or use kto.", nameof(task));
    }

    protected override IReadOnlyList<ReplyPair> Examples(CancellationToken cancellationToken)
        => _all ??= [.. _rated, .. SamplePairs(_options.LeastPairs - _rated.Count, cancellationToken)];

    protected override IEnumerable<Rollout> Replies(ReplyPair example) => [example.Chosen, example.Rejected];

    protected override StepLoss Loss(ReplyPair[] batch, Tensor ratios)
    {
        var pairs = ratios.view(batch.Length, 2);                                                                    // (B, 2)
        var chosen = pairs.select(1, 0);                                                                             // (B)
        var rejected = pairs.select(1, 1);                                                                           // (B)
        var loss = PreferenceLosses.Dpo(chosen, rejected, tensor(batch.Select(pair => (float)pair.Weight).ToArray(), device: Device), _options.Beta);
        var (better, worse) = (chosen.ToArray(), rejected.ToArray());
        return new StepLoss(
            loss,
            [
                ("rewards/chosen", _options.Beta * better.Average()),
                ("rewards/rejected", _options.Beta * worse.Average()),
                ("rewards/margins", _options.Beta * (better.Average() - worse.Average())),
                ("rewards/accuracies", better.Zip(worse).Average(pair => pair.First > pair.Second ? 1.0 : 0.0)),
                ("val/rated_pairs", _rated.Count),
            ]);
    }

    /// <summary>From the run's start and its seed, whatever iteration asks: a resumed run samples the same.</summary>
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
