using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// REINFORCE leave-one-out (Ahmadian et al. 2024, "Back to basics"; Kool et al. 2019): a whole reply is one action, its reward is the score
/// less β times its KL, and the baseline is the mean reward of the other replies to the same prompt. No value model.
/// </summary>
/// <remarks>
/// Where this deviates from the sources:
/// <list type="bullet">
/// <item>The paper takes one step a batch. Here, as in TRL, replies serve several steps, and the ratio of the whole reply's probabilities,
/// clipped as PPO's, keeps them near the policy that sampled. At the first step it is 1 and its gradient REINFORCE's.</item>
/// <item>β is fixed.</item>
/// <item>A rated reply that has no other to its prompt is measured against the whole batch.</item>
/// </list>
/// </remarks>
internal sealed class RlooTrainer(PolicyTask task, RlooOptions options) : OnPolicyTrainer(task, options, options.Generations)
{
    protected override double KlCoefficient => options.KlCoefficient;

    protected override void Estimate(IReadOnlyList<Sample> samples)
    {
        var advantages = Groups.LeaveOneOut(
            [.. samples.Select(sample => sample.Score - (options.KlCoefficient * sample.Kl))],
            [.. samples.Select(sample => sample.Group)]);
        foreach (var (sample, advantage) in samples.Zip(advantages))
            sample.Advantages = [.. Enumerable.Repeat((float)advantage, sample.Length)];
    }

    protected override StepLoss Loss(Minibatch batch, IReadOnlyList<Tensor> outputs, Tensor old)
    {
        var members = batch.Members();                                                                              // (B, N)
        var (loss, ratio) = PpoLoss.Policy(members.mv(outputs[0]), members.mv(old), batch.EachReply(sample => sample.Advantages[0]), options.ClipRatio);
        return new StepLoss(loss, [("loss/policy_avg", loss.item<float>()), .. RatioFigures.Of(ratio, options.ClipRatio)]);
    }
}
