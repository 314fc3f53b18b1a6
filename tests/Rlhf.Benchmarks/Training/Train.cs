using System.Globalization;
using System.Text.Json;
using Rlhf.Benchmarks.Decoding;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Benchmarks.Training;

/// <summary>
/// Training on the reference model: tokens per second of a full training step, and seconds of a whole PPO iteration. With
/// <c>--compare pytorch</c> plain PyTorch runs the same in turn with it, pair by pair; with <c>--compare libtorch</c> the same written plainly
/// in TorchSharp, once its numbers are found to be ours.
/// </summary>
internal static class Train
{
    private const int Steps = 2;

    // On both sides alike: on a machine with other work, threads that spin would only be in its way and in their own.
    private static readonly string Waiting = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "PASSIVE";

    /// <summary>Prints the figures; <c>--json FILE</c> keeps them.</summary>
    public static async Task<int> RunAsync(TrainArguments asked)
    {
        if (asked.MemoryIterations > 0)
            return Memory(asked);

        var all = BenchModel.Reference.Config.Layers;
        var few = new LearnerOptions().Policy.TopLayers;
        using PeerProcess? peer = asked.Compare switch
        {
            TrainArguments.Pytorch => new PyTorchScript("Training/train_pytorch.py", BenchModel.Reference.Config, asked.Threads, Waiting),
            TrainArguments.Libtorch => new LibtorchPeer(asked.Threads, Waiting),
            _ => null,
        };
        if (peer is LibtorchPeer plain)
        {
            plain.Check(OurPpo.Rank, all, few);
            Console.WriteLine(plain.Conditions);
        }

        using var training = new OurTraining(asked.Threads);
        const double tokens = (double)Steps * OurTraining.Rows * OurTraining.Columns;
        var train = Pairs(
            asked.Runs,
            () => tokens / training.Run(Steps),
            peer is null ? null : () => tokens / peer.Ask("train", OurTraining.Rows, OurTraining.Columns, Steps),
            (ours, theirs) => ours / theirs);
        Print("training, tokens/s", train, "N0", peer);

        var whole = Ppo(asked, peer, all);
        Print($"PPO iteration, {all} layers, seconds", whole, "F2", peer);
        var ppo = Ppo(asked, peer, few);
        Print($"PPO iteration, top {few}, seconds", ppo, "F2", peer);

        if (asked.Json is not null)
        {
            var them = asked.Compare ?? TrainArguments.Pytorch;
            await File.WriteAllTextAsync(asked.Json, JsonSerializer.Serialize(new
            {
                train = new Dictionary<string, object?>
                {
                    ["tokens_per_s"] = train.Ours.Median,
                    ["ratio"] = train.Ratio?.Median,
                    ["lowest_ratio"] = train.Ratio?.Low,
                    ["highest_ratio"] = train.Ratio?.High,
                    [$"{them}_tokens_per_s"] = train.Theirs?.Median,
                },
                ppo = Figures(ppo, few, them),
                ppo_all_layers = Figures(whole, all, them),
            }));
        }

        return 0;

        static Dictionary<string, object?> Figures(Pair iteration, int layers, string them) => new()
        {
            ["layers"] = layers,
            ["seconds"] = iteration.Ours.Median,
            ["ratio"] = iteration.Ratio?.Median,
            ["lowest_ratio"] = iteration.Ratio?.Low,
            ["highest_ratio"] = iteration.Ratio?.High,
            [$"{them}_seconds"] = iteration.Theirs?.Median,
        };
    }

    // An iteration whose policy has its LoRA on the top layers, so many.
    private static Pair Ppo(TrainArguments asked, PeerProcess? peer, int layers)
    {
        var whole = OurPpo.Whole;
        using var iteration = new OurPpo(asked.Threads, whole, layers);
        return Pairs(
            asked.Runs,
            iteration.Run,
            peer is null ? null : () => peer.Ask("ppo", whole.Rollouts, OurPpo.PromptTokens, whole.MaxReplyTokens, whole.Epochs, whole.Minibatches, OurPpo.Rank, layers),
            (ours, theirs) => theirs / ours);
    }

    /// <summary>The process's memory over many small iterations: it must not grow.</summary>
    private static int Memory(TrainArguments asked)
    {
        using var iteration = new OurPpo(asked.Threads, OurPpo.Small, BenchModel.Reference.Config.Layers);
        Console.WriteLine("iteration  working set, MiB  managed, MiB");
        for (int i = 1; i <= asked.MemoryIterations; i++)
        {
            iteration.Run();
            if (i % Math.Max(1, asked.MemoryIterations / 10) == 0)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i,9}  {Environment.WorkingSet / 1048576.0,16:N1}  {GC.GetTotalMemory(true) / 1048576.0,12:N1}"));
        }

        return 0;
    }

    private sealed record Pair(Spread Ours, Spread? Theirs, Spread? Ratio);

    // The first of each warms caches and compiler.
    private static Pair Pairs(int runs, Func<double> ours, Func<double>? theirs, Func<double, double, double> ratio)
    {
        var pairs = new List<(double Ours, double Theirs)>();
        for (int run = -1; run < runs; run++)
        {
            var pair = (ours(), theirs?.Invoke() ?? double.NaN);
            if (run >= 0)
                pairs.Add(pair);
        }

        return new Pair(
            Spread.Of(pairs.Select(pair => pair.Ours)),
            theirs is null ? null : Spread.Of(pairs.Select(pair => pair.Theirs)),
            theirs is null ? null : Spread.Of(pairs.Select(pair => ratio(pair.Ours, pair.Theirs))));
    }

    private static void Print(string what, Pair pair, string format, PeerProcess? peer)
    {
        var beside = pair is (_, { } theirs, { } ratio) ? $"   {peer?.Peer} {Show(theirs, format)}   ratio {Show(ratio, "F2")}" : "";
        Console.WriteLine($"{what,-32}  {Show(pair.Ours, format)}{beside}");

        static string Show(Spread spread, string format) => string.Create(
            CultureInfo.InvariantCulture, $"{spread.Median.ToString(format, CultureInfo.InvariantCulture)} ({spread.Low.ToString(format, CultureInfo.InvariantCulture)} - {spread.High.ToString(format, CultureInfo.InvariantCulture)})");
    }
}
