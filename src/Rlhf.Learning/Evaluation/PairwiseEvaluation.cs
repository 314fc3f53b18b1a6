using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Model;
using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Evaluation;

/// <summary>
/// The candidate against the live version, on prompts that no training saw, by a reward model that no reply was rewarded by. The two
/// answer until one of them has surely won, looked at in groups of replies (group sequential testing, Pocock 1977): a large step is clear
/// after the first, only a small one takes all.
/// </summary>
/// <param name="trunk">The frozen trunk, which is the reference.</param>
/// <param name="judge">Scores the replies.</param>
/// <param name="sampler">Where they come from.</param>
/// <param name="prompts">What they reply to; fewer prompts than replies are answered several times each.</param>
/// <param name="options">How many replies, and the bounds.</param>
/// <param name="temperature">The temperature at which the replies are drawn.</param>
internal sealed class PairwiseEvaluation(
    CausalLm trunk, RewardEnsemble judge, IRolloutSampler sampler, IReadOnlyList<RolloutPrompt> prompts, GateOptions options, double temperature)
{
    /// <summary>Compares.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="live">The live version, or null for the base.</param>
    /// <param name="seed">Equal seeds give equal evidence.</param>
    /// <param name="progress">Told the looks taken.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    public GateEvidence Run(LoraAdapter candidate, LoraAdapter? live, ulong seed, Action<int> progress, CancellationToken cancellationToken)
    {
        var ours = new Side(candidate);
        var theirs = new Side(live);
        var pairs = new List<JudgedPair>();
        for (var look = 1; look <= options.Looks; look++)
        {
            var from = (look - 1) * options.RepliesALook;
            int[] asked = [.. Enumerable.Range(from, Math.Min(options.RepliesALook, options.Replies - from)).Select(i => i % prompts.Count)];
            pairs.AddRange(asked.Zip(Answer(ours, asked, look), Answer(theirs, asked, look)).Select(pair => new JudgedPair(pair.First, pair.Second, pair.Third)));
            progress(look);
            if (Gate.IsSure(pairs, options, seed))
                break;
        }

        var kl = ReferenceKl.Measure(trunk, ours.Replies, temperature, cancellationToken);
        return new GateEvidence(pairs, ours.Statistics, theirs.Statistics, kl);

        IReadOnlyList<double> Answer(Side side, int[] asked, int look)
        {
            var replies = sampler.Sample(side.Policy, [.. asked.Select(i => prompts[i])], SeededRandom.Hash(seed, $"gate {look}"), cancellationToken);
            side.Replies.AddRange(replies);
            return judge.Score([.. replies.Select(r => judge.Encoder.Encode(r.Prompt.Context, r.Text))], cancellationToken);
        }
    }

    private sealed record Side(LoraAdapter? Policy)
    {
        public List<Rollout> Replies { get; } = [];

        public ReplyStatistics Statistics => ReplyStatistics.Of([.. Replies.Select(r => r.Reply)], [.. Replies.Select(r => r.Ended)]);
    }
}
