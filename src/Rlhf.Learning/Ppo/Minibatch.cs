using TorchSharp;

namespace Rlhf.Learning.Ppo;

/// <summary>Some rollouts with what is fixed while an iteration updates. N counts their generated tokens, in order.</summary>
/// <param name="Tokens">The rollouts as tensors.</param>
/// <param name="Below">(B, T, d): what the value model's frozen layers make of them.</param>
/// <param name="Rollouts">The rollouts.</param>
/// <param name="Scores">The score of each.</param>
/// <param name="PolicyLogProbs">N log-probs under the policy that sampled.</param>
/// <param name="ReferenceLogProbs">N log-probs under the reference.</param>
/// <param name="Values">N values at rollout.</param>
/// <param name="Entropy">Mean entropy of the policy at the N positions.</param>
internal sealed record Minibatch(
    RolloutBatch Tokens,
    torch.Tensor Below,
    Rollout[] Rollouts,
    double[] Scores,
    float[] PolicyLogProbs,
    float[] ReferenceLogProbs,
    float[] Values,
    double Entropy)
{
    /// <summary>The advantages of each rollout's tokens.</summary>
    public float[][] Advantages { get; } = new float[Rollouts.Length][];

    /// <summary>The returns of each rollout's tokens.</summary>
    public float[][] Returns { get; } = new float[Rollouts.Length][];
}
