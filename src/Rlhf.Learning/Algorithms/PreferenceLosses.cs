using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>The losses of DPO and KTO, over log-ratios log π(y|x) − log π_ref(y|x) of whole replies, in nats.</summary>
public static class PreferenceLosses
{
    /// <summary>
    /// DPO (Rafailov et al. 2023, equation 7): <c>Σ w·−log σ(β·(chosen − rejected)) / Σ w</c>.
    /// </summary>
    /// <param name="chosen">(B) log-ratios of the better replies, with gradient.</param>
    /// <param name="rejected">(B) log-ratios of the worse ones, with gradient.</param>
    /// <param name="weights">(B).</param>
    /// <param name="beta">β.</param>
    public static Tensor Dpo(Tensor chosen, Tensor rejected, Tensor weights, double beta)
        => (nn.functional.logsigmoid((chosen - rejected).Times(beta)).neg() * weights).sum() / weights.sum();      // (B) * (B)

    /// <summary>
    /// KTO (Ethayarajh et al. 2024, equation 8): <c>mean(w·(1 − v))</c> with <c>v = σ(β·(r − z))</c> for a good reply and
    /// <c>v = σ(β·(z − r))</c> for a bad one.
    /// </summary>
    /// <param name="ratios">(B) log-ratios r, with gradient.</param>
    /// <param name="signs">(B): 1 for a good reply, −1 for a bad one.</param>
    /// <param name="weights">(B).</param>
    /// <param name="reference">z, the KL the policy is at; never negative and without gradient.</param>
    /// <param name="beta">β.</param>
    public static Tensor Kto(Tensor ratios, Tensor signs, Tensor weights, double reference, double beta)
        => ((ratios.Minus(reference) * signs).Times(beta).sigmoid().neg().Plus(1) * weights).mean();          // (B) * (B)
}
