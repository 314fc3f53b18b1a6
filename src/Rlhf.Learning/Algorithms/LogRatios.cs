using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>How much likelier the policy has made whole replies than the reference, for DPO and KTO. The reference is the bare trunk, so its log-probs of the
/// replies that are learned from are read once.</summary>
/// <param name="trunk">The trunk.</param>
/// <param name="policy">The policy's LoRA.</param>
/// <param name="temperature">The temperature that logits are divided by.</param>
internal sealed class LogRatios(CausalLm trunk, LoraParameters policy, double temperature)
{
    private const int RepliesAtOnce = 32;

    private readonly Dictionary<Rollout, float> _reference = new(ReferenceEqualityComparer.Instance);

    /// <summary>Reads the reference's log-probs, the first time. In batches that do not depend on the iteration: a resumed run reads the same numbers to the last
    /// bit.</summary>
    public void ReadReference(IEnumerable<Rollout> replies, CancellationToken cancellationToken)
    {
        if (_reference.Count > 0)
            return;

        using var noGradient = no_grad();
        foreach (var some in replies.Distinct(ReferenceEqualityComparer.Instance).Cast<Rollout>().OrderBy(reply => reply.Columns).Chunk(RepliesAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            foreach (var (reply, logProb) in some.Zip(ReplyLogProbs.Of(trunk, some, lora: null, temperature).ToArray()))
                _reference[reply] = logProb;
        }
    }

    /// <summary>The forward pass of some replies, with gradient: log π(y|x) − log π_ref(y|x) of each, (B).</summary>
    /// <param name="replies">The replies.</param>
    /// <param name="ratios">The ratios in the replies' order, (B).</param>
    public ShardedForward Forward(Rollout[] replies, out Tensor ratios)
    {
        var forward = ReplyLogProbs.Forward(trunk, replies, Of, out var places);
        ratios = forward.Outputs[0].index_select(0, places);
        return forward;
    }

    /// <summary>log π(y|x) − log π_ref(y|x) of each reply, (B); the reference's is read anew where it is not known.</summary>
    public Tensor Of(IReadOnlyList<Rollout> replies)
    {
        using var scope = NewDisposeScope();
        var reference = replies.All(_reference.ContainsKey)
            ? tensor(replies.Select(reply => _reference[reply]).ToArray(), device: trunk.Device)                   // (B)
            : ReplyLogProbs.Of(trunk, replies, lora: null, temperature);                                           // (B)
        return (ReplyLogProbs.Of(trunk, replies, policy, temperature) - reference).MoveToOuterDisposeScope();
    }
}
