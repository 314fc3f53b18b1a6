using System.Globalization;
using System.Text.Json;
using Rlhf.Benchmarks.Decoding;

namespace Rlhf.Benchmarks.Training;

/// <summary>
/// Training on the reference model: tokens per second of a full training step, and seconds of a whole PPO iteration. With
/// <c>--compare pytorch</c> plain PyTorch runs the same in turn with it, pair by pair.
/// </summary>
internal static class Train
{
    private const int Steps = 2;

    // On both sides alike: on a machine with other work, threads that spin would only be in its way and in their own.
    private static readonly string Waiting = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "PASSIVE";

    /// <summary>Prints the figures; <c>--json FILE</c> keeps them.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        TrainArguments asked;
        try
        {
            asked = TrainArguments.Parse(arguments);
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine(e.Message);
            Console.Error.WriteLine(TrainArguments.Usage);
            return 2;
        }

        if (asked.MemoryIterations > 0)
            return Memory(asked);

        using PyTorchScript? torch = asked.Compare ? new PyTorchScript("Training/train_pytorch.py", BenchModel.Reference.Config, asked.Threads, Waiting) : null;
        using var training = new OurTraining(asked.Threads);
        const double tokens = (double)Steps * OurTraining.Rows * OurTraining.Columns;
        var (train, trainTheirs, trainRatio) = Pairs(
            asked.Runs,
            () => tokens / training.Run(Steps),
            torch is null ? null : () => tokens / torch.Ask("train", OurTraining.Rows, OurTraining.Columns, Steps),
            (ours, theirs) => ours / theirs);
        Print("training, tokens/s", train, trainTheirs, trainRatio, "N0");

        using var iteration = new OurPpo(asked.Threads, OurPpo.Whole);
        var (ppo, ppoTheirs, ppoRatio) = Pairs(
            asked.Runs,
            iteration.Run,
            torch is null ? null : () => torch.Ask("ppo", OurPpo.Whole.Rollouts, OurPpo.PromptTokens, OurPpo.Whole.MaxReplyTokens, OurPpo.Whole.Epochs, OurPpo.Whole.Minibatches, OurPpo.Rank),
            (ours, theirs) => theirs / ours);
        Print("PPO iteration, seconds", ppo, ppoTheirs, ppoRatio, "F2");

        if (asked.Json is not null)
        {
            await File.WriteAllTextAsync(asked.Json, JsonSerializer.Serialize(new
            {
                train = new { tokens_per_s = train.Median, ratio = trainRatio?.Median, lowest_ratio = trainRatio?.Low, highest_ratio = trainRatio?.High, pytorch_tokens_per_s = trainTheirs?.Median },
                ppo = new { seconds = ppo.Median, ratio = ppoRatio?.Median, lowest_ratio = ppoRatio?.Low, highest_ratio = ppoRatio?.High, pytorch_seconds = ppoTheirs?.Median },
            }));
        }

        return 0;
    }

    /// <summary>The process's memory over many small iterations: it must not grow.</summary>
    private static int Memory(TrainArguments asked)
    {
        using var iteration = new OurPpo(asked.Threads, OurPpo.Small);
        Console.WriteLine("iteration  working set, MiB  managed, MiB");
        for (int i = 1; i <= asked.MemoryIterations; i++)
        {
            iteration.Run();
            if (i % Math.Max(1, asked.MemoryIterations / 10) == 0)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i,9}  {Environment.WorkingSet / 1048576.0,16:N1}  {GC.GetTotalMemory(true) / 1048576.0,12:N1}"));
        }

        return 0;
    }

    // The first of each warms caches and compiler.
    private static (Spread Ours, Spread? Theirs, Spread? Ratio) Pairs(int runs, Func<double> ours, Func<double>? theirs, Func<double, double, double> ratio)
    {
        var pairs = new List<(double Ours, double Theirs)>();
        for (int run = -1; run < runs; run++)
        {
            var pair = (ours(), theirs?.Invoke() ?? double.NaN);
            if (run >= 0)
                pairs.Add(pair);
        }

        return (
            Spread.Of(pairs.Select(pair => pair.Ours)),
            theirs is null ? null : Spread.Of(pairs.Select(pair => pair.Theirs)),
            theirs is null ? null : Spread.Of(pairs.Select(pair => ratio(pair.Ours, pair.Theirs))));
    }

    private static void Print(string what, Spread ours, Spread? theirs, Spread? ratio, string format)
    {
        Console.WriteLine($"{what,-24}  {Show(ours, format)}{(theirs is null ? "" : $"   PyTorch {Show(theirs, format)}   ratio {Show(ratio!, "F2")}")}");

        static string Show(Spread spread, string format) => string.Create(
            CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)} ({spread.Low.ToString(format, CultureInfo.InvariantCulture)} - {spread.High.ToString(format, CultureInfo.InvariantCulture)})");
    }
}
