namespace Rlhf.Inference.Tests;

/// <summary>One step walked by several threads against the same step walked by one.</summary>
public sealed class ForwardThreadsTests
{
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        // Heads, key-value heads, size of a head, threads.
        { 8, 4, 32, 2 },
        { 8, 4, 32, 4 },
        { 8, 2, 64, 2 },
        { 6, 3, 10, 2 },
        { 8, 4, 32, 3 },
        { 4, 1, 32, 2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Logits_AreTheSameBits_HoweverManyThreadsWalkTheStep(int heads, int keyValueHeads, int size, int threads)
    {
        BaseModel model = TestModels.Random(3, TestModels.Config with { HiddenSize = 64, Heads = heads, KeyValueHeads = keyValueHeads, HeadSize = size });
        foreach (int rows in (int[])[1, 2, 4, 5])
            Assert.Equal(Logits(model, rows, 1), Logits(model, rows, threads));
    }

    // Two sequences, one of them with an adapter, in steps of so many rows each.
    private static unsafe float[][] Logits(BaseModel model, int rows, int threads)
    {
        var trunk = new Trunk(model, Kernels.Best, WeightPrecision.Float32);
        var adapter = new PackedAdapter(TestModels.Adapter(model.Config, rank: 3, seed: 1), model.Config, Kernels.Best);
        var forward = new ForwardPass(trunk, 2 * rows, threads, new StepBarrier(threads));
        KeyValueCache[] caches = [new(model.Config, Kernels.Best, 60), new(model.Config, Kernels.Best, 60)];
        var logits = new List<float[]>();
        for (int at = 0; at < 60; at += rows)
        {
            var step = new Step();
            int count = rows / 2;
            if (count > 0)
                step.Add(new StepSlice(caches[0], null, at / rows * count, Tokens(at, count), count));
            step.Add(new StepSlice(caches[1], adapter, at / rows * (rows - count), Tokens(at + 7, rows - count), rows - count));
            forward.Prepare(step);
            Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(thread => new Thread(() => forward.Run(step, thread, threads)))];
            foreach (Thread other in others)
                other.Start();
            forward.Run(step, 0, threads);
            foreach (Thread other in others)
                other.Join();
            for (int row = 0; row < step.LogitRows.Count; row++)
                logits.Add(new ReadOnlySpan<float>(forward.Logits(row), model.Config.VocabularySize).ToArray());
        }

        return [.. logits];
    }

    private static int[] Tokens(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (i * 37 + 11) % 300)];
}
