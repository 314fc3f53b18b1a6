using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>Estimators of KL(p‖q) from samples of p (Schulman 2020, "Approximating KL divergence").</summary>
public static class KlEstimators
{
    /// <summary>k3, <c>e^d − 1 − d</c> with <c>d = log q − log p</c>: without bias, never negative.</summary>
    public static double K3(double logP, double logQ) => Math.Exp(logQ - logP) - 1 - (logQ - logP);

    /// <summary>k3 of each of N samples, (N), with the gradient of both.</summary>
    public static Tensor K3(Tensor logP, Tensor logQ)
    {
        var d = logQ - logP;            // (N)
        return d.exp().Minus(1) - d;         // (N)
    }
}
