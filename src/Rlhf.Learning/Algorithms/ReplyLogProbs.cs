using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The log-probabilities of whole replies, for the algorithms that look at nothing else of them.</summary>
internal static class ReplyLogProbs
{
    /// <summary>log π(y|x) of each reply, (B).</summary>
    /// <param name="trunk">The trunk.</param>
    /// <param name="replies">The replies.</param>
    /// <param name="lora">The policy's LoRA; null for the bare trunk.</param>
    /// <param name="temperature">The temperature that the logits are divided by.</param>
    public static Tensor Of(CausalLm trunk, IReadOnlyList<Rollout> replies, LoraParameters? lora, double temperature)
    {
        using var scope = NewDisposeScope();
        var batch = RolloutBatch.Of(replies, trunk.Device);
        var rows = trunk.AboveAt(trunk.Below(batch.Ids, 0), 0, batch.Positions, lora);                             // (N, d)
        var tokens = trunk.LogProbsOf(rows, batch.Targets, temperature);                                           // (N)
        return Membership.Of([.. replies.Select(reply => reply.Reply.Length)], trunk.Device).mv(tokens).MoveToOuterDisposeScope();   // (B, N) * (N)
    }

    /// <summary>Computes a figure of each reply, shard by shard.</summary>
    /// <param name="trunk">The trunk.</param>
    /// <param name="replies">The replies.</param>
    /// <param name="figures">The figures of some replies, (B).</param>
    /// <param name="places">Where each reply's figure is: the shards have the replies in another order.</param>
    public static ShardedForward Forward(CausalLm trunk, Rollout[] replies, Func<Rollout[], Tensor> figures, out Tensor places)
    {
        int[][] shards = ShardedForward.Cut(trunk.Workers, [.. replies.Select(reply => reply.Columns)]);
        places = tensor(ShardedForward.Places(shards), device: trunk.Device);
        return ShardedForward.Of(trunk.Workers, shards, rows => [figures([.. rows.Select(row => replies[row])])]);
    }
}
