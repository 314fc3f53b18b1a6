using Rlhf.Learning.Torch;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>
/// Group relative policy optimisation (Shao et al. 2024, "DeepSeekMath", section 4.1): the advantage of every token is its reply's score,
/// normalised by mean and deviation over the replies to the same prompt; PPO's clipped ratio a token; the KL to the reference is in the
/// loss, by the estimator k3. No value model.
/// </summary>
/// <remarks>
/// Where this deviates from the sources:
/// <list type="bullet">
/// <item>The reference is always the bare trunk; the paper moves it along between its outer rounds.</item>
/// <item>A rated reply that has no other to its prompt is normalised by the whole batch.</item>
/// </list>
/// </remarks>
internal sealed class GrpoTrainer(PolicyTask task, GrpoOptions options) : OnPolicyTrainer(task, options, options.Generations)
{
    protected override double KlCoefficient => options.KlCoefficient;

    protected override void Estimate(IReadOnlyList<Sample> samples)
    {
        var advantages = Groups.Normalised([.. samples.Select(sample => sample.Score)], [.. samples.Select(sample => sample.Group)]);
        foreach (var (sample, advantage) in samples.Zip(advantages))
            sample.Advantages = [.. Enumerable.Repeat((float)advantage, sample.Length)];
    }

    protected override StepLoss Loss(Minibatch batch, IReadOnlyList<Tensor> outputs, Tensor old)
    {
        var weights = batch.Flat(sample => [.. Enumerable.Repeat(1f / (batch.Samples.Length * sample.Length), sample.Length)]);    // (N)
        var (policyLoss, klLoss, ratio) = GrpoLoss.Of(
            outputs[0], old, batch.Flat(sample => sample.Reference), batch.Flat(sample => sample.Advantages), weights, options.ClipRatio);
        return new StepLoss(
            policyLoss.Plus(klLoss.Times(options.KlCoefficient)),
            [
                ("loss/policy_avg", policyLoss.item<float>()),
                ("loss/kl_avg", klLoss.item<float>()),
                .. RatioFigures.Of(ratio, options.ClipRatio),
            ]);
    }
}
