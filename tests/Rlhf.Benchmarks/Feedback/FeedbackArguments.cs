using System.CommandLine;

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
    /// <summary>Batches into the ledger, single calls of the ledger, a whole server over HTTP, and batches into the ledger on Azure tables.</summary>
    public static readonly IReadOnlyList<string> AllParts = ["batches", "calls", "server", Tables];

    private const string Tables = "tables";

    /// <summary>The command that asks for it.</summary>
    public static Command Command(Func<FeedbackArguments, Task<int>> run)
    {
        var parts = CommonOptions.Several("--parts", $"What to measure; {Tables} needs --connection.", AllParts, part => part, AllParts.Where(part => part != Tables));
        var runs = CommonOptions.Number("--runs", "How often batches and calls are measured.", 5, 1, 1000);
        var seconds = CommonOptions.Number("--seconds", "How long single calls come.", 10, 1, 3600);
        var conversations = CommonOptions.Number("--conversations", "Conversations that are opened on the server.", 10_000, 1, 10_000_000);
        var connection = new Option<string?>("--connection") { Description = "The account of Azure tables; UseDevelopmentStorage=true is a local Azurite.", HelpName = "TEXT" };
        var json = CommonOptions.Json();
        var command = new Command("feedback", "How fast feedback becomes durable: by batches, by single calls, and over HTTP.") { parts, runs, seconds, conversations, connection, json };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(parts)?.Contains(Tables) is true) != (result.GetValue(connection) is not null))
            {
                result.AddError($"--parts {Tables} and --connection belong together; one of them is missing.");
            }
        });
        command.SetAction((parsed, _) => run(new FeedbackArguments(
            parts.Of(parsed), parsed.GetValue(runs), parsed.GetValue(seconds), parsed.GetValue(conversations), parsed.GetValue(connection), parsed.GetValue(json)?.FullName)));
        return command;
    }
}
