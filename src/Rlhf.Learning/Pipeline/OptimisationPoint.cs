namespace Rlhf.Learning.Pipeline;

/// <summary>What a policy is worth after some optimisation. Rewards are in standard deviations of the base model's replies, whose mean is 0.</summary>
/// <param name="Iteration">Iterations of the policy's algorithm; 0 is the base model.</param>
/// <param name="Kl">How far the policy is from the base model, in nats a reply.</param>
/// <param name="Proxy">Mean of the reward that the policy is trained on.</param>
/// <param name="Gold">Mean of the reward that it stands for.</param>
/// <param name="GoldError">Standard error of <paramref name="Gold"/>.</param>
public sealed record OptimisationPoint(int Iteration, double Kl, double Proxy, double Gold, double GoldError)
{
    /// <summary>√KL, against which Gao et al. (2023) plot both rewards.</summary>
    public double Distance => Math.Sqrt(Math.Max(0, Kl));
}
