using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The two parts of GRPO's loss (Shao et al. 2024, equation 3), over a flat list of N generated tokens.</summary>
public static class GrpoLoss
{
    /// <summary>PPO's clipped loss and k3 to the reference, each <c>Σ w·x</c> over the tokens.</summary>
    /// <param name="logProbs">(N) under the policy, with gradient.</param>
    /// <param name="old">(N) under the policy that sampled.</param>
    /// <param name="reference">(N) under the reference.</param>
    /// <param name="advantages">(N), the same for all tokens of a reply.</param>
    /// <param name="weights">(N): 1/(B·|o|) for a token of a reply of |o| tokens, one of B.</param>
    /// <param name="clip">ε.</param>
    public static (Tensor Policy, Tensor Kl, Tensor Ratio) Of(Tensor logProbs, Tensor old, Tensor reference, Tensor advantages, Tensor weights, double clip)
    {
        var (losses, ratio) = PpoLoss.Clipped(logProbs, old, advantages, clip);                         // (N)
        return ((losses * weights).sum(), (KlEstimators.K3(logProbs, reference) * weights).sum(), ratio);
    }
}
