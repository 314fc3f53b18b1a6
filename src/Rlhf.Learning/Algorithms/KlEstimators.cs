using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>Estimators of KL(p‖q) from samples of p (Schulman 2020, "Approximating KL divergence").</summary>
public static class KlEstimators
{
    /// <summary>k2, the mean of ½·(log p − log q)² over N samples: the approximate KL to the policy that sampled, in nats a token.</summary>
    public static double Approximate(Tensor logP, Tensor logQ) => (logP.detach() - logQ).Squared().mean().item<float>() / 2.0;

    /// <summary>k3, <c>e^d − 1 − d</c> with <c>d = log q − log p</c>: without bias, never negative.</summary>
    public static double K3(double logP, double logQ) => Math.Exp(logQ - logP) - 1 - (logQ - logP);

    /// <summary>k3 of each of N samples, (N), with the gradient of both.</summary>
    public static Tensor K3(Tensor logP, Tensor logQ)
    {
        var d = logQ - logP;            // (N)
        return d.exp().Minus(1) - d;         // (N)
    }
}
