using System.Diagnostics;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Inference;
using Rlhf.Learning.Data;
using Rlhf.Learning.Model;
using Rlhf.Learning.Pipeline;
using Rlhf.Learning.Torch;

namespace Rlhf.Benchmarks.Training;

/// <summary>Steps of AdamW on all weights of the reference model.</summary>
internal sealed class OurTraining : IDisposable
{
    public const int Rows = 8;
    public const int Columns = 256;

    private readonly CausalLm _model;
    private readonly TrainingStep _step;
    private readonly Random _random = new(1);

    public OurTraining(int threads)
    {
        TorchRuntime.Start();
        ModelConfig config = BenchModel.Reference.Config;
        _model = new CausalLm(config, ModelWeights.Random(config, seed: 1), trainable: true, threads: threads);
        _step = new TrainingStep(_model, new PretrainingOptions { Sources = [new DialogueSource("none")], Steps = 1 });
    }

    /// <summary>Seconds of some steps.</summary>
    public double Run(int steps)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < steps; i++)
            Step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>One step's loss and gradient norm.</summary>
    public (double Loss, double GradientNorm) Step() => _step.Take(Batch(), 1e-4) ?? throw new InvalidDataException("A training step's loss is not finite.");

    public void Dispose()
    {
        _step.Dispose();
        _model.Dispose();
    }

    private TokenBatch Batch()
    {
        int vocabulary = _model.Config.VocabularySize;
        return new TokenBatch(
            Rows,
            Columns,
            [.. Enumerable.Range(0, Rows * Columns).Select(_ => (long)_random.Next(vocabulary))],
            [.. Enumerable.Range(0, Rows * Columns).Select(i => (long)i)],
            [.. Enumerable.Range(0, Rows * Columns).Select(_ => (long)_random.Next(vocabulary))]);
    }
}
