using System.Globalization;

namespace Rlhf.Benchmarks.Training;

/// <summary>What to measure.</summary>
/// <param name="Threads">Threads.</param>
/// <param name="Runs">How often each is measured.</param>
/// <param name="Compare">Whether PyTorch runs in turn.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
/// <param name="MemoryIterations">Instead of speed, measure memory over this many small PPO iterations; 0 for speed.</param>
internal sealed record TrainArguments(int Threads, int Runs, bool Compare, string? Json, int MemoryIterations)
{
    public const string Usage = "usage: ./rlhf bench train [--compare pytorch] [--json FILE] [--threads 2] [--runs 5] [--memory ITERATIONS]";

    /// <exception cref="FormatException">Names the argument and what would be right.</exception>
    public static TrainArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new TrainArguments(Threads: 2, Runs: 5, Compare: false, Json: null, MemoryIterations: 0);
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string name = arguments[i];
            string value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            parsed = name switch
            {
                "--threads" => parsed with { Threads = Number(name, value) },
                "--runs" => parsed with { Runs = Number(name, value) },
                "--memory" => parsed with { MemoryIterations = Number(name, value) },
                "--compare" when value == "pytorch" => parsed with { Compare = true },
                "--compare" => throw new FormatException($"--compare is '{value}'; there is pytorch."),
                "--json" => parsed with { Json = value },
                _ => throw new FormatException($"train does not know '{name}'."),
            };
        }

        return parsed;
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out int number) && number >= 1
            ? number
            : throw new FormatException($"{name} is '{value}'; it takes a number from 1.");
}
