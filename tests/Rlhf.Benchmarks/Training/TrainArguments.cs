using System.CommandLine;

namespace Rlhf.Benchmarks.Training;

/// <summary>What to measure.</summary>
/// <param name="Threads">Threads.</param>
/// <param name="Runs">How often each is measured.</param>
/// <param name="Compare">What runs in turn, pytorch or libtorch; null for nothing.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
/// <param name="MemoryIterations">Instead of speed, measure memory over this many small PPO iterations; 0 for speed.</param>
internal sealed record TrainArguments(int Threads, int Runs, string? Compare, string? Json, int MemoryIterations)
{
    public const string Pytorch = "pytorch";
    public const string Libtorch = "libtorch";

    /// <summary>The command that asks for it.</summary>
    public static Command Command(Func<TrainArguments, Task<int>> run)
    {
        var threads = CommonOptions.Number("--threads", "Threads.", 2, 1, 256);
        var runs = CommonOptions.Number("--runs", "How often each is measured.", 5, 1, 1000);
        var memory = CommonOptions.NumberOrNone("--memory", "Instead of speed, measures memory over this many small PPO iterations.", 1, 1_000_000);
        var compare = CommonOptions.OneOf("--compare", "Runs this in turn with it: the same in plain PyTorch, or written plainly in TorchSharp.", null, Pytorch, Libtorch);
        var json = CommonOptions.Json();
        var command = new Command("train", "Training steps and whole PPO iterations on the reference model.") { threads, runs, memory, compare, json };
        command.SetAction((parsed, _) => run(new TrainArguments(
            parsed.GetValue(threads), parsed.GetValue(runs), parsed.GetValue(compare), parsed.GetValue(json)?.FullName, parsed.GetValue(memory) ?? 0)));
        return command;
    }
}
