using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The two clipped losses of PPO (Schulman et al. 2017), over a flat list of N generated tokens: no padding, no prompt.</summary>
public static class PpoLoss
{
    /// <summary>
    /// <c>mean(max(−A·ρ, −A·clip(ρ, 1−ε, 1+ε)))</c> with <c>ρ = exp(logp − old)</c>.
    /// </summary>
    /// <param name="logProbs">(N) under the policy, with gradient.</param>
    /// <param name="old">(N) under the policy that sampled.</param>
    /// <param name="advantages">(N), whitened.</param>
    /// <param name="clip">ε.</param>
    public static (Tensor Loss, Tensor Ratio) Policy(Tensor logProbs, Tensor old, Tensor advantages, double clip)
    {
        var (losses, ratio) = Clipped(logProbs, old, advantages, clip);
        return (losses.mean(), ratio);
    }

    /// <summary>The same before the mean, (N) and (N).</summary>
    internal static (Tensor Losses, Tensor Ratio) Clipped(Tensor logProbs, Tensor old, Tensor advantages, double clip)
    {
        var ratio = (logProbs - old).exp();                                     // (N)
        var plain = -advantages * ratio;                                        // (N)
        var clipped = -advantages * ratio.Clamped(1 - clip, 1 + clip);          // (N)
        return (torch.maximum(plain, clipped), ratio);
    }

    /// <summary>
    /// <c>½·mean(max((V − R)², (clip(V, V_old − ε, V_old + ε) − R)²))</c>.
    /// </summary>
    /// <param name="values">(N) under the value model, with gradient.</param>
    /// <param name="old">(N) at rollout.</param>
    /// <param name="returns">(N) targets.</param>
    /// <param name="clip">ε.</param>
    public static (Tensor Loss, Tensor Clipped) Value(Tensor values, Tensor old, Tensor returns, double clip)
    {
        var near = old.Plus((values - old).Clamped(-clip, clip));               // (N)
        var plain = (values - returns).Squared();                               // (N)
        var clipped = (near - returns).Squared();                               // (N)
        return (torch.maximum(plain, clipped).mean().Times(0.5), clipped.gt(plain));
    }
}
