using System.Globalization;
using Rlhf.Testing;

namespace Rlhf.Benchmarks.Crash;

/// <summary>How often to kill what.</summary>
/// <param name="Rounds">How many times the server is killed.</param>
/// <param name="Tables">Whether it stores in Azure tables, of an Azurite that is cut off now and then, or in a folder.</param>
/// <param name="Seed">What the rounds' random choices come from.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record CrashArguments(int Rounds, bool Tables, int Seed, string? Json)
{
    public const string Usage = "usage: ./rlhf bench crash [--rounds 100] [--storage sqlite|azure-tables] [--seed 1] [--json FILE]";

    private const int MostRounds = 100_000;

    public string Storage => Tables ? "azure-tables" : "sqlite";

    /// <exception cref="FormatException">Names the argument and what would be right.</exception>
    public static CrashArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new CrashArguments(100, Tables: false, 1, Json: null);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            parsed = name switch
            {
                "--rounds" => parsed with { Rounds = Number(name, value, 1, MostRounds) },
                "--seed" => parsed with { Seed = Number(name, value, 0, int.MaxValue / MostRounds) },
                "--storage" when value is "sqlite" or "azure-tables" => parsed with { Tables = value == "azure-tables" },
                "--storage" => throw new FormatException($"--storage is '{value}'; there are sqlite and azure-tables."),
                "--json" => parsed with { Json = value },
                _ => throw new FormatException($"crash does not know '{name}'."),
            };
        }

        return parsed.Tables && AzuriteInstallation.Missing is { } missing ? throw new FormatException(missing) : parsed;
    }

    /// <summary>What a round's random choices come from.</summary>
    public int SeedOf(int round) => (Seed * MostRounds) + round;

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name} is '{value}'; it takes a number from {least} to {most}.");
}
