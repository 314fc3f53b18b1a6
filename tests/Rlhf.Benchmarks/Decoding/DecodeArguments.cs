using System.CommandLine;
using Rlhf.Inference;

namespace Rlhf.Benchmarks.Decoding;

/// <summary>What to measure.</summary>
/// <param name="Models">Which models.</param>
/// <param name="Batches">Sequences at once.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Precisions">How the weights are held.</param>
/// <param name="Runs">How often each is measured.</param>
/// <param name="Compare">Whether PyTorch runs in turn.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record DecodeArguments(
    IReadOnlyList<BenchModel> Models,
    IReadOnlyList<int> Batches,
    IReadOnlyList<int> Threads,
    IReadOnlyList<WeightPrecision> Precisions,
    int Runs,
    bool Compare,
    string? Json)
{
    /// <summary>The command that asks for it.</summary>
    public static Command Command(Func<DecodeArguments, Task<int>> run)
    {
        var models = CommonOptions.Several("--model", "Models of random weights.", [BenchModel.Reference, BenchModel.Gpt2], model => model.Name);
        var batches = CommonOptions.Numbers("--batch", "Sequences at once.", [1, 4, 16, 64], 1, 64);
        var threads = CommonOptions.Numbers("--threads", "Threads.", [1, 2], 1, 256);
        var types = CommonOptions.Several("--type", "How the weights are held.", Enum.GetValues<WeightPrecision>(), Name);
        var runs = CommonOptions.Number("--runs", "How often each is measured.", 7, 1, 1000);
        var compare = CommonOptions.OneOf("--compare", "Runs this in turn with it.", null, "pytorch");
        var json = CommonOptions.Json();
        var command = new Command("decode", "Tokens per second of the decode engine, beside what the machine could do.") { models, batches, threads, types, runs, compare, json };
        command.SetAction((parsed, _) => run(new DecodeArguments(
            models.Of(parsed),
            batches.Of(parsed),
            threads.Of(parsed),
            types.Of(parsed),
            parsed.GetValue(runs),
            parsed.GetValue(compare) is not null,
            parsed.GetValue(json)?.FullName)));
        return command;
    }

    /// <summary>A precision as tables and files name it.</summary>
    public static string Name(WeightPrecision precision) => precision.ToString().ToLowerInvariant();
}
