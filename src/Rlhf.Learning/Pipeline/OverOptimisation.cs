using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Pipeline;

/// <summary>
/// Follows a policy that is trained on one reward model, further and further: how what it is trained on and what that stands for come
/// apart (Gao, Schulman, Hilton 2023, "Scaling laws for reward model overoptimization").
/// </summary>
/// <param name="model">The base model.</param>
/// <param name="options">How to train.</param>
public sealed class OverOptimisation(BaseModel model, LearnerOptions options)
{
    /// <summary>Trains a reward model on thumbs, then the policy on it, and measures as it goes. Synchronous; takes minutes.</summary>
    /// <param name="thumbs">What the reward model learns from.</param>
    /// <param name="prompts">Conversations to practise on.</param>
    /// <param name="heldOut">Conversations to measure on; each is answered once at every measurement.</param>
    /// <param name="gold">The reward of a reply's text that the thumbs stand for.</param>
    /// <param name="every">Iterations between two measurements.</param>
    /// <param name="seed">Equal seeds give equal curves.</param>
    /// <param name="progress">Told after each measurement.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The curve, from the base model on.</returns>
    /// <exception cref="ArgumentException">There is nothing to learn from or to measure on.</exception>
    public IReadOnlyList<OptimisationPoint> Follow(
        IReadOnlyList<ThumbedReply> thumbs,
        IReadOnlyList<IReadOnlyList<DialogueMessage>> prompts,
        IReadOnlyList<IReadOnlyList<DialogueMessage>> heldOut,
        Func<string, double> gold,
        int every,
        ulong seed,
        IProgress<OptimisationPoint> progress,
        CancellationToken cancellationToken)
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        if (prompts.Count == 0 || heldOut.Count < 2)
            throw new ArgumentException($"There are {prompts.Count} prompts to practise on and {heldOut.Count} to measure on; at least 1 and 2 are needed.", nameof(prompts));

        var learning = options.PolicyTraining;
        TorchRuntime.Start();
        using var trunk = CausalLm.From(model, device: LearnerDevice.Open(options.Device), precision: options.Precision, threads: options.ThreadsHere);
        using var sampler = new LearnerSampler(model, trunk, learning, options.ThreadsHere);
        var room = new PromptRoom(model, learning);
        RolloutPrompt[] practice = [.. prompts.Select(room.Prompt)];
        RolloutPrompt[] asked = [.. heldOut.Select(room.Prompt)];
        using var reward = new RewardStage(model, trunk, options.Reward, sampler, practice).Train(thumbs, seed, (_, _, _) => { }, cancellationToken);
        using var fresh = new LoraParameters(model.Config, options.Policy, seed);
        using var trainer = PolicyTrainers.Create(options, new PolicyTask(trunk, reward, sampler, fresh.ToAdapter(), practice, seed));

        var (proxies, golds) = Rewards(policy: null, out _);
        var (proxyBase, goldBase) = (proxies.Average(), golds.Average());
        var (proxyScale, goldScale) = (Deviation(proxies), Deviation(golds));
        List<OptimisationPoint> curve = [new(0, 0, 0, 0, 1 / Math.Sqrt(golds.Length))];
        progress.Report(curve[0]);
        while (trainer.Iteration < learning.Iterations)
        {
            trainer.Iterate(cancellationToken);
            if (trainer.Iteration % every == 0 || trainer.Iteration == learning.Iterations)
            {
                var (own, gained) = Rewards(trainer.Policy, out var kl);
                curve.Add(new OptimisationPoint(
                    trainer.Iteration, kl, (own.Average() - proxyBase) / proxyScale, (gained.Average() - goldBase) / goldScale,
                    Deviation(gained) / goldScale / Math.Sqrt(gained.Length)));
                progress.Report(curve[^1]);
            }
        }

        return curve;

        // The same seed for every policy: what differs between two points is the policy.
        (double[] Proxy, double[] Gold) Rewards(LoraAdapter? policy, out double kl)
        {
            var replies = sampler.Sample(policy, asked, SeededRandom.Hash(seed, "over-optimisation"), cancellationToken);
            kl = policy is null ? 0 : ReferenceKl.Measure(trunk, replies, learning.Temperature, cancellationToken);
            return (
                reward.Score([.. replies.Select(reply => reward.Encoder.Encode(reply.Prompt.Context, reply.Text))], cancellationToken),
                [.. replies.Select(reply => gold(reply.Text))]);
        }
    }

    // A reward that is the same for all replies has no scale of its own.
    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1);
        return variance > 0 ? Math.Sqrt(variance) : 1;
    }
}
