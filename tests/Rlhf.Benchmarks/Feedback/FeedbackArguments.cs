using System.Globalization;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>What to measure.</summary>
/// <param name="Parts">Which of <see cref="AllParts"/>.</param>
/// <param name="Runs">How often batches and calls are measured.</param>
/// <param name="Seconds">How long single calls come.</param>
/// <param name="Conversations">How many are opened on the server.</param>
/// <param name="Connection">The account of Azure tables for the part that needs one.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record FeedbackArguments(IReadOnlyList<string> Parts, int Runs, int Seconds, int Conversations, string? Connection, string? Json)
{
    public const string Usage =
        """
        usage: ./rlhf bench feedback [--json FILE] [--parts batches,calls,server] [--runs 5] [--seconds 10] [--conversations 10000]
               ./rlhf bench feedback --parts tables --connection 'UseDevelopmentStorage=true' [--json FILE] [--runs 5]
        """;

    /// <summary>Batches into the ledger, single calls of the ledger, a whole server over HTTP, and batches into the ledger on Azure tables.</summary>
    public static readonly IReadOnlyList<string> AllParts = ["batches", "calls", "server", Tables];

    private const string Tables = "tables";

    /// <exception cref="FormatException">Names the argument and what would be right.</exception>
    public static FeedbackArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new FeedbackArguments([.. AllParts.Where(part => part != Tables)], Runs: 5, Seconds: 10, Conversations: 10_000, Connection: null, Json: null);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            parsed = name switch
            {
                "--parts" => parsed with { Parts = [.. value.Split(',').Select(Part)] },
                "--runs" => parsed with { Runs = Number(name, value) },
                "--seconds" => parsed with { Seconds = Number(name, value) },
                "--conversations" => parsed with { Conversations = Number(name, value) },
                "--connection" => parsed with { Connection = value },
                "--json" => parsed with { Json = value },
                _ => throw new FormatException($"feedback does not know '{name}'."),
            };
        }

        return parsed.Parts.Contains(Tables) == parsed.Connection is not null
            ? parsed
            : throw new FormatException($"--parts {Tables} and --connection belong together; one of them is missing.");
    }

    private static string Part(string word) =>
        AllParts.Contains(word) ? word : throw new FormatException($"--parts has '{word}'; there are {string.Join(", ", AllParts)}.");

    private static int Number(string name, string value) =>
        int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= 1
            ? number
            : throw new FormatException($"{name} is '{value}'; it takes a number from 1.");
}
