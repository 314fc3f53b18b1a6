using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>Some replies with what is fixed while an iteration updates. N counts their generated tokens, in order.</summary>
/// <param name="Shards">The replies in parts that are computed side by side.</param>
/// <param name="Entropy">Mean entropy of the policy at the N positions, in nats.</param>
internal sealed record Minibatch(IReadOnlyList<Shard> Shards, double Entropy)
{
    private Device Device => Shards[0].Below.device;

    /// <summary>The replies, in the shards' order.</summary>
    public Sample[] Samples { get; } = [.. Shards.SelectMany(shard => shard.Samples)];

    /// <summary>A number of each token, (N).</summary>
    public Tensor Flat(Func<Sample, float[]> numbers) => tensor(Samples.SelectMany(numbers).ToArray(), device: Device);

    /// <summary>A number of each reply, (B).</summary>
    public Tensor EachReply(Func<Sample, double> number) => tensor(Samples.Select(sample => (float)number(sample)).ToArray(), device: Device);

    /// <summary>Which tokens are whose, (B, N).</summary>
    public Tensor Members() => Membership.Of([.. Samples.Select(sample => sample.Length)], Device);
}

/// <summary>Some replies of a minibatch.</summary>
/// <param name="Tokens">The replies as tensors.</param>
/// <param name="BelowPolicy">(B, T, d): the residual stream below the policy's lowest LoRA.</param>
/// <param name="Below">(B, T, d): the bare trunk's residual stream at the layer that the trainer asked for.</param>
/// <param name="Samples">The replies.</param>
internal sealed record Shard(RolloutBatch Tokens, Tensor BelowPolicy, Tensor Below, Sample[] Samples)
{
    /// <summary>All tensors.</summary>
    public Tensor[] Tensors => [.. Tokens.Tensors, BelowPolicy, Below];
}
