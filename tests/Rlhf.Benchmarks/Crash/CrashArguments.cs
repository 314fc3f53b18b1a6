using System.CommandLine;
using Rlhf.Testing;

namespace Rlhf.Benchmarks.Crash;

/// <summary>How often to kill what.</summary>
/// <param name="Rounds">How many times the server is killed.</param>
/// <param name="Tables">Whether it stores in Azure tables, of an Azurite that is cut off now and then, or in a folder.</param>
/// <param name="Seed">What the rounds' random choices come from.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record CrashArguments(int Rounds, bool Tables, int Seed, string? Json)
{
    private const int MostRounds = 100_000;
    private const string AzureTables = "azure-tables";
    private const string Sqlite = "sqlite";

    public string Storage => Tables ? AzureTables : Sqlite;

    /// <summary>The command that asks for it.</summary>
    public static Command Command(Func<CrashArguments, Task<int>> run)
    {
        var rounds = CommonOptions.Number("--rounds", "How many times the server is killed.", 100, 1, MostRounds);
        var storage = CommonOptions.OneOf("--storage", "What the server stores in.", Sqlite, Sqlite, AzureTables);
        var seed = CommonOptions.Number("--seed", "What the rounds' random choices come from.", 1, 0, int.MaxValue / MostRounds);
        var json = CommonOptions.Json();
        var command = new Command("crash", "Kills a server over and over while people chat, and looks for what was lost.") { rounds, storage, seed, json };
        command.SetAction((parsed, _) =>
        {
            var asked = new CrashArguments(parsed.GetValue(rounds), parsed.GetValue(storage) == AzureTables, parsed.GetValue(seed), parsed.GetValue(json)?.FullName);
            return asked.Tables && AzuriteInstallation.Missing is { } missing ? throw CommandException.Misuse(missing) : run(asked);
        });
        return command;
    }

    /// <summary>What a round's random choices come from.</summary>
    public int SeedOf(int round) => (Seed * MostRounds) + round;
}
