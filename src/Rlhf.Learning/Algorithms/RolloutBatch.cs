using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Prompts with replies as tensors, and where among them the N generated tokens are. Everything that a policy learner computes is over these
/// N alone, so prompt and padding need no mask.
/// </summary>
internal sealed record RolloutBatch(Tensor Ids, Tensor Positions, Tensor Targets)
{
    /// <summary>Lays rollouts out, padded on the right.</summary>
    /// <returns>Ids (B, T); Positions (N), b·T + t of the token before each generated one; Targets (N), the generated tokens.</returns>
    public static RolloutBatch Of(IReadOnlyList<Rollout> rollouts, Device device)
    {
        var longest = rollouts.Max(rollout => rollout.Columns);
        var ids = new long[rollouts.Count * longest];
        var positions = new List<long>();
        var targets = new List<long>();
        for (var b = 0; b < rollouts.Count; b++)
        {
            var row = b * longest;
            var t = 0;
            foreach (var token in rollouts[b].Prompt.Tokens)
                ids[row + t++] = token;

            foreach (var token in rollouts[b].Reply)
            {
                positions.Add(row + t - 1);
                targets.Add(token);
                if (t < longest)
                    ids[row + t] = token;
                t++;
            }
        }

        return new RolloutBatch(
            tensor(ids, [rollouts.Count, longest], device: device),
            tensor(positions.ToArray(), device: device),
            tensor(targets.ToArray(), device: device));
    }

    /// <summary>The tensors.</summary>
    public Tensor[] Tensors => [Ids, Positions, Targets];
}
