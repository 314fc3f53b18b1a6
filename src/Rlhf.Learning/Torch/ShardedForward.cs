using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Torch;

/// <summary>
/// The forward pass of a batch in shards, each with a graph of its own. A loss is computed of the whole: its gradient is then taken back
/// through the shards, and the parameters' gradients are added in the shards' order, so that the number of threads changes no number.
/// </summary>
internal sealed class ShardedForward : IDisposable
{
    /// <summary>Tokens of a shard at most: more at once gain nothing on a processor, and small batches are cut in two as well, because even they
    /// are faster side by side than by operators that are split over threads.</summary>
    private const int Tokens = 512;

    private readonly TorchWorkers _workers;
    private readonly Tensor[][] _shards;

    private ShardedForward(TorchWorkers workers, Tensor[][] shards)
    {
        _workers = workers;
        _shards = shards;
        Outputs = [.. Enumerable.Range(0, shards[0].Length).Select(output =>
        {
            using var scope = NewDisposeScope();
            return cat([.. shards.Select(shard => shard[output].detach())]).requires_grad_().DetachFromDisposeScope();
        })];
    }

    /// <summary>The outputs of all shards, one behind the other. The loss's graph begins with them.</summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>Runs the shards.</summary>
    /// <param name="workers">Where.</param>
    /// <param name="shards">What they are computed of.</param>
    /// <param name="forward">Computes a shard's outputs, (N of the shard) each, with gradient.</param>
    public static ShardedForward Of<TShard>(TorchWorkers workers, IReadOnlyList<TShard> shards, Func<TShard, Tensor[]> forward) => new(workers, workers.Run(shards, shard =>
    {
        using var scope = NewDisposeScope();
        Tensor[] outputs = forward(shard);
        scope.Detach(outputs);
        return outputs;
    }));

    /// <summary>Cuts a batch: its rows by their lengths, so that little is padded, in a power of two of shards of like many tokens, so that
    /// threads get equal shares.</summary>
    /// <param name="workers">Where the shards are to be computed.</param>
    /// <param name="lengths">Each row's tokens.</param>
    public static int[][] Cut(TorchWorkers workers, IReadOnlyList<int> lengths)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Count).OrderBy(row => lengths[row])];
        var (count, tokens) = (1, lengths.Sum(length => (long)length));
        while (workers.OnProcessor && count * 2 <= order.Length && tokens > count * Tokens)
            count *= 2;

        var shards = new int[count][];
        var (end, taken) = (0, 0L);
        for (var shard = 0; shard < count; shard++)
        {
            // A row is its shard's that holds its middle; every shard gets one at least.
            var (from, last, share) = (end, order.Length - (count - shard - 1), tokens * (shard + 1) / count);
            do
                taken += lengths[order[end++]];
            while (end < last && (2 * taken) + lengths[order[end]] <= 2 * share);
            shards[shard] = order[from..end];
        }

        return shards;
    }

    /// <summary>Where each row's outputs are, which lie in the shards' order.</summary>
    /// <param name="shards">What <see cref="Cut"/> gave.</param>
    public static long[] Places(int[][] shards)
    {
        int[] order = [.. shards.SelectMany(rows => rows)];
        var places = new long[order.Length];
        for (var place = 0; place < order.Length; place++)
            places[order[place]] = place;

        return places;
    }

    /// <summary>Sets the gradients of the parameters, once the loss's gradient in the outputs is known.</summary>
    /// <param name="parameters">What all shards depend on.</param>
    public void Backward(IReadOnlyList<Parameter> parameters)
    {
        using var scope = NewDisposeScope();
        var gradients = Outputs.Select((output, i) => (output.grad ?? zeros_like(output)).split([.. _shards.Select(shard => shard[i].shape[0])])).ToArray();
        Tensor[][] parts = _workers.Run([.. Enumerable.Range(0, _shards.Length)], shard =>
        {
            using var inner = NewDisposeScope();
            Tensor[] found = [.. autograd.grad(_shards[shard], [.. parameters], [.. gradients.Select(output => output[shard])])];
            inner.Detach(found);
            return found;
        });
        scope.Attach(parts.SelectMany(part => part));
        for (var i = 0; i < parameters.Count; i++)
        {
            var sum = parts[0][i];
            foreach (var part in parts[1..])
                sum.AddInPlace(part[i]);
            parameters[i].grad = sum;
        }
    }

    public void Dispose()
    {
        foreach (var tensor in Outputs.Concat(_shards.SelectMany(outputs => outputs)))
            tensor.Dispose();
    }
}
