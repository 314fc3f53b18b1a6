using Rlhf.Inference;
using Rlhf.Learning.Model;
using Rlhf.Learning.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Rlhf.Learning.Algorithms;

/// <summary>Some experiences with what is fixed while an iteration updates. N counts their generated tokens, in order.</summary>
/// <param name="Shards">The experiences in parts that are computed side by side.</param>
/// <param name="Entropy">Mean entropy of the policy at the N positions, in nats.</param>
internal sealed record Minibatch(IReadOnlyList<Shard> Shards, double Entropy)
{
    private Device Device => Shards[0].Below.device;

    /// <summary>The experiences, in the shards' order.</summary>
    public Experience[] Experiences { get; } = [.. Shards.SelectMany(shard => shard.Experiences)];

    /// <summary>Cuts experiences into minibatches and reads them before the first step: log-probs under policy and reference, and the residual streams that no
    /// step changes.</summary>
    /// <param name="experiences">In the order in which they are cut.</param>
    /// <param name="trunk">The trunk, which is the reference, too.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="options">How many minibatches, and the temperature.</param>
    /// <param name="belowLayer">The layer at which <see cref="Shard.Below"/> is wanted.</param>
    /// <param name="scope">Receives the tensors.</param>
    /// <param name="cancellationToken">Stops between minibatches.</param>
    public static Minibatch[] Read(
        Experience[] experiences, CausalLm trunk, TrainedPolicy policy, OnPolicyOptions options, int belowLayer, DisposeScope scope, CancellationToken cancellationToken)
    {
        var size = Math.Max(1, (experiences.Length + options.Minibatches - 1) / options.Minibatches);
        Minibatch[] batches = [.. experiences.Chunk(size).Select(some =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[][] shards = ShardedForward.Cut(trunk.Workers, [.. some.Select(experience => experience.Rollout.Columns)]);
            var parts = trunk.Workers.Run([.. shards.Select(rows => rows.Select(row => some[row]).ToArray())], part => Shard.Read(part, trunk, policy, options.Temperature, belowLayer));
            return new Minibatch([.. parts.Select(part => part.Shard)], parts.Sum(part => part.Entropy) / some.Sum(experience => experience.Length));
        })];
        scope.Attach(batches.SelectMany(batch => batch.Shards).SelectMany(shard => shard.Tensors));
        return batches;
    }

    /// <summary>The minibatches of all epochs, each epoch's in a random order of its own.</summary>
    public static IEnumerable<Minibatch> Epochs(Minibatch[] batches, int epochs, ulong seed, int iteration)
    {
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            SeededRandom.For(seed, $"epoch {epoch}", iteration).Shuffle(batches);
            foreach (var batch in batches)
                yield return batch;
        }
    }

    /// <summary>A number of each token, (N).</summary>
    public Tensor Flat(Func<Experience, float[]> numbers) => tensor(Experiences.SelectMany(numbers).ToArray(), device: Device);

    /// <summary>A number of each reply, (B).</summary>
    public Tensor EachReply(Func<Experience, double> number) => tensor(Experiences.Select(experience => (float)number(experience)).ToArray(), device: Device);

    /// <summary>Which tokens are whose, (B, N).</summary>
    public Tensor Members() => Membership.Of([.. Experiences.Select(experience => experience.Length)], Device);
}

/// <summary>Some experiences of a minibatch.</summary>
/// <param name="Tokens">The replies as tensors.</param>
/// <param name="BelowPolicy">(B, T, d): the residual stream below the policy's lowest LoRA.</param>
/// <param name="Below">(B, T, d): the bare trunk's residual stream at the layer that the algorithm asked for.</param>
/// <param name="Experiences">The experiences.</param>
internal sealed record Shard(RolloutBatch Tokens, Tensor BelowPolicy, Tensor Below, Experience[] Experiences)
{
    /// <summary>All tensors.</summary>
    public Tensor[] Tensors => [.. Tokens.Tensors, BelowPolicy, Below];

    /// <summary>Reads some experiences and sets their log-probs; the entropy is a sum over their tokens.</summary>
    public static (Shard Shard, double Entropy) Read(Experience[] experiences, CausalLm trunk, TrainedPolicy policy, double temperature, int belowLayer)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var layer = policy.Layer;
        var tokens = RolloutBatch.Of([.. experiences.Select(experience => experience.Rollout)], trunk.Device);
        var belowPolicy = trunk.Below(tokens.Ids, layer);                                                                       // (B, T, d)
        var below = belowLayer >= layer ? trunk.Through(belowPolicy, layer, belowLayer) : trunk.Below(tokens.Ids, belowLayer);  // (B, T, d)
        var reference = trunk.LogProbsOf(trunk.AboveAt(below, belowLayer, tokens.Positions), tokens.Targets, temperature).ToArray();             // (N)
        var (logProbs, entropy) = trunk.LogProbsWithEntropyOf(trunk.AboveAt(belowPolicy, layer, tokens.Positions, policy.Lora), tokens.Targets, temperature);   // (N), (N)
        var shard = new Shard(tokens, belowPolicy, below, experiences);
        shard.Deal(logProbs.ToArray(), (experience, own) => experience.Policy = own);
        shard.Deal(reference, (experience, own) => experience.Reference = own);
        scope.Detach(shard.Tensors);
        return (shard, entropy.sum().item<float>());
    }

    /// <summary>Gives each experience its part of a number a token, (N).</summary>
    public void Deal(float[] numbers, Action<Experience, float[]> set)
    {
        var at = 0;
        foreach (var experience in Experiences)
        {
            set(experience, numbers[at..(at + experience.Length)]);
            at += experience.Length;
        }
    }
}
