using Rlhf.Learning.Model;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>How far a policy's replies are from the reference.</summary>
internal static class ReferenceKl
{
    private const int RepliesAtOnce = 32;

    /// <summary>Mean KL to the reference in nats a reply, by k3, from replies that the policy sampled.</summary>
    public static double Measure(CausalLm reference, IReadOnlyList<Rollout> rollouts, double temperature, CancellationToken cancellationToken)
    {
        var sums = reference.Workers.Run([.. rollouts.OrderBy(rollout => rollout.Columns).Chunk(RepliesAtOnce)], some =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            var tokens = RolloutBatch.Of(some, reference.Device);
            var log = reference.LogProbsOf(reference.AboveAt(reference.Below(tokens.Ids, 0), 0, tokens.Positions), tokens.Targets, temperature).ToArray();      // (N)
            return some.SelectMany(r => r.EngineLogProbs).Zip(log, (policy, trunk) => KlEstimators.K3(policy, trunk)).Sum();
        });
        return sums.Sum() / rollouts.Count;
    }
}
