using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>PPO's clipped surrogate (Schulman et al. 2017, equation 7) over N probability ratios: of tokens, or of whole replies.</summary>
/// <param name="Losses">(N): <c>max(−A·ρ, −A·clip(ρ, 1−ε, 1+ε))</c> with <c>ρ = exp(logp − old)</c>.</param>
/// <param name="Ratio">(N): ρ.</param>
/// <param name="Clipped">(N): where the clipped loss is the larger one, and so no gradient is left.</param>
public sealed record ClippedLoss(Tensor Losses, Tensor Ratio, Tensor Clipped)
{
    /// <summary>Computes it.</summary>
    /// <param name="logProbs">(N) under the policy, with gradient.</param>
    /// <param name="old">(N) under the policy that sampled.</param>
    /// <param name="advantages">(N).</param>
    /// <param name="clip">ε.</param>
    public static ClippedLoss Of(Tensor logProbs, Tensor old, Tensor advantages, double clip)
    {
        var ratio = (logProbs - old).exp();                                     // (N)
        var plain = -advantages * ratio;                                        // (N)
        var clipped = -advantages * ratio.Clamped(1 - clip, 1 + clip);          // (N)
        return new ClippedLoss(torch.maximum(plain, clipped), ratio, clipped.gt(plain));
    }

    /// <summary>By TRL's names: the mean ratio, and the share of ratios whose clipped loss is the larger one.</summary>
    public IEnumerable<(string Name, double Value)> Metrics =>
    [
        ("val/ratio", Ratio.ToArray().Average(ratio => (double)ratio)),
        ("policy/clipfrac_avg", Clipped.to_type(ScalarType.Float32).mean().item<float>()),
    ];
}
