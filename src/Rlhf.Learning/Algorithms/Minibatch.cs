using Rlhf.Learning.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>Some replies with what is fixed while an iteration updates. N counts their generated tokens, in order.</summary>
/// <param name="Tokens">The replies as tensors.</param>
/// <param name="BelowPolicy">(B, T, d): the residual stream below the policy's lowest LoRA.</param>
/// <param name="Below">(B, T, d): the bare trunk's residual stream at the layer that the trainer asked for.</param>
/// <param name="Samples">The replies.</param>
/// <param name="Entropy">Mean entropy of the policy at the N positions, in nats.</param>
internal sealed record Minibatch(RolloutBatch Tokens, Tensor BelowPolicy, Tensor Below, Sample[] Samples, double Entropy)
{
    /// <summary>A number of each token, (N).</summary>
    public Tensor Flat(Func<Sample, float[]> numbers) => tensor(Samples.SelectMany(numbers).ToArray(), device: BelowPolicy.device);

    /// <summary>A number of each reply, (B).</summary>
    public Tensor EachReply(Func<Sample, double> number) => tensor(Samples.Select(sample => (float)number(sample)).ToArray(), device: BelowPolicy.device);

    /// <summary>Which tokens are whose, (B, N).</summary>
    public Tensor Members() => Membership.Of([.. Samples.Select(sample => sample.Length)], BelowPolicy.device);
}
