using System.Globalization;
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
    public const string Usage =
        """
        usage: ./rlhf bench decode [--compare pytorch] [--json FILE] [--model reference,gpt2] [--batch 1,4,16,64] [--threads 1,2]
                                   [--type float32,bfloat16,int8] [--runs 7]
        """;

    private static readonly BenchModel[] s_models = [BenchModel.Reference, BenchModel.Gpt2];

    /// <exception cref="FormatException">Names the argument and what would be right.</exception>
    public static DecodeArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new DecodeArguments(s_models, [1, 4, 16, 64], [1, 2], Enum.GetValues<WeightPrecision>(), 7, Compare: false, Json: null);
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string name = arguments[i];
            string value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            parsed = name switch
            {
                "--model" => parsed with { Models = [.. value.Split(',').Select(word => Among(name, word, s_models, model => model.Name))] },
                "--batch" => parsed with { Batches = Numbers(name, value, 64) },
                "--threads" => parsed with { Threads = Numbers(name, value, 256) },
                "--type" => parsed with { Precisions = [.. value.Split(',').Select(word => Among(name, word, Enum.GetValues<WeightPrecision>(), Name))] },
                "--runs" => parsed with { Runs = Numbers(name, value, 1000)[0] },
                "--compare" => parsed with { Compare = Among(name, value, ["pytorch"], word => word) == "pytorch" },
                "--json" => parsed with { Json = value },
                _ => throw new FormatException($"decode does not know '{name}'."),
            };
        }

        return parsed;
    }

    /// <summary>A precision as tables and files name it.</summary>
    public static string Name(WeightPrecision precision) => precision.ToString().ToLowerInvariant();

    private static int[] Numbers(string name, string value, int most) => [.. value.Split(',').Select(word =>
        int.TryParse(word, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most
            ? number
            : throw new FormatException($"{name} is '{value}'; it takes numbers from 1 to {most} with commas between."))];

    private static T Among<T>(string argument, string word, IReadOnlyList<T> choices, Func<T, string> name) =>
        choices.FirstOrDefault(choice => name(choice) == word) is { } found && name(found) == word
            ? found
            : throw new FormatException($"{argument} is '{word}'; there are {string.Join(", ", choices.Select(name))}.");
}
