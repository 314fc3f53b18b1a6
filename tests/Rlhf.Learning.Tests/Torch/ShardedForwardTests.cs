using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Tests.Model;
using Rlhf.Learning.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Rlhf.Learning.Tests.Torch;

/// <summary>A batch in shards against the same batch as a whole.</summary>
public sealed class ShardedForwardTests
{
    private const int Rows = 9;
    private const int Columns = 64;
    private const int ThreadsOfTests = 2;

    // Nine rows that count 128 tokens each make four shards; one row has no target.
    private static readonly TokenBatch Batch = Make();

    [Fact]
    public void The_gradient_is_the_whole_batchs()
    {
        using var lm = CausalLm.From(TinyModels.Create(context: Columns), trainable: true);
        Parameter[] parameters = [.. lm.parameters()];
        var (loss, gradients) = Sharded(lm, parameters);
        using var scope = NewDisposeScope();
        foreach (var parameter in parameters)
            parameter.grad = null;

        var whole = Loss(Batch.LogProbs(lm));
        whole.backward();

        Assert.Equal(whole.item<float>(), loss, 1e-5f);
        Assert.All(parameters.Zip(gradients), pair => Assert.All(
            pair.First.grad!.ToArray().Zip(pair.Second), numbers => Assert.Equal(numbers.First, numbers.Second, 1e-5f)));
        Assert.Contains(gradients, gradient => gradient.Any(number => Math.Abs(number) > 1e-3));
    }

    [Fact]
    public void How_many_threads_there_are_changes_no_number()
    {
        var runs = new List<(float Loss, float[][] Gradients)>();
        foreach (var threads in (int[])[1, 2, 3])
        {
            using var lm = CausalLm.From(TinyModels.Create(context: Columns), trainable: true);
            runs.Add(Sharded(lm, [.. lm.parameters()], threads));
        }

        Assert.Equal(3, runs.Count);
        Assert.All(runs, run =>
        {
            Assert.Equal(runs[0].Loss, run.Loss);
            Assert.All(runs[0].Gradients.Zip(run.Gradients), pair => Assert.Equal(pair.First, pair.Second));
        });
    }

    [Fact]
    public void A_batch_is_cut_by_length_into_a_power_of_two_of_parts_of_like_many_tokens()
    {
        using var workers = new TorchWorkers(CPU, ThreadsOfTests);
        int[] lengths = [.. Enumerable.Range(0, 50).Select(i => 20 + (7 * i % 15))];

        int[][] shards = ShardedForward.Cut(workers, lengths);

        Assert.Equal(4, shards.Length);
        Assert.Equal(Enumerable.Range(0, 50), shards.SelectMany(rows => rows).Order());
        var share = lengths.Sum() / 4;
        Assert.All(shards, rows => Assert.InRange(rows.Sum(row => lengths[row]), share - lengths.Max(), share + lengths.Max()));
        Assert.Equal(lengths.Order(), shards.SelectMany(rows => rows).Select(row => lengths[row]));
        Assert.Equal([38, 21, 1, 1], ShardedForward.Cut(workers, [.. Enumerable.Repeat(10, 60), 900]).Select(rows => rows.Length));
        Assert.Single(ShardedForward.Cut(workers, [5000]));
        Assert.Single(ShardedForward.Cut(workers, [150, 150, 150]));
    }

    [Fact]
    public void Workers_keep_the_order_have_operators_of_one_thread_and_hand_an_error_on()
    {
        using var workers = new TorchWorkers(CPU, ThreadsOfTests);

        var results = workers.Run([.. Enumerable.Range(0, 20)], part => (part, Threads: get_num_threads(), Thread: Environment.CurrentManagedThreadId));

        Assert.Equal(Enumerable.Range(0, 20), results.Select(result => result.part));
        Assert.All(results, result => Assert.Equal(1, result.Threads));
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, results.Select(result => result.Thread));
        Assert.Equal("part 3", Assert.Throws<InvalidOperationException>(() => workers.Run<int, int>([1, 2, 3], part => part == 3 ? throw new InvalidOperationException("part 3") : part)).Message);
        Assert.Equal([4, 5], workers.Run([4, 5], part => part));
    }

    [Fact]
    public void Where_there_is_to_be_one_thread_the_caller_works_itself()
    {
        using var workers = new TorchWorkers(CPU, threads: 1);

        var results = workers.Run([1, 2, 3], _ => (Threads: get_num_threads(), Thread: Environment.CurrentManagedThreadId));

        Assert.All(results, result => Assert.Equal((1, Environment.CurrentManagedThreadId), result));
    }

    private static (float Loss, float[][] Gradients) Sharded(CausalLm lm, Parameter[] parameters, int threads = ThreadsOfTests)
    {
        using var scope = NewDisposeScope();
        using var workers = new TorchWorkers(CPU, threads);
        int[][] shards = ShardedForward.Cut(workers, [.. Enumerable.Repeat(2 * Columns, Rows)]);
        Assert.Equal(4, shards.Length);
        using var forward = ShardedForward.Of(workers, shards, rows => [Batch.Take(rows).LogProbs(lm)]);
        var loss = Loss(forward.Outputs[0]);
        loss.backward();
        forward.Backward(parameters);
        return (loss.item<float>(), [.. parameters.Select(parameter => parameter.grad!.ToArray())]);
    }

    // Not linear in the log-probs, so that each shard's gradient depends on the loss of the whole.
    private static Tensor Loss(Tensor logProbs) => logProbs.mean().pow(2);

    private static TokenBatch Make()
    {
        var random = new Random(1);
        long[] ids = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (long)random.Next(300))];
        long[] positions = [.. Enumerable.Range(0, Rows * Columns).Where(m => m / Columns != 4 && random.Next(3) == 0).Select(m => (long)m)];
        return new TokenBatch(Rows, Columns, ids, positions, [.. positions.Select(_ => (long)random.Next(300))]);
    }
}
