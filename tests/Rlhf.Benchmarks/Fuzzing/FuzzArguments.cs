using System.CommandLine;

namespace Rlhf.Benchmarks.Fuzzing;

/// <summary>What to send.</summary>
/// <param name="Requests">How many requests.</param>
/// <param name="Seed">What their random choices come from.</param>
/// <param name="Clients">How many clients send at once.</param>
/// <param name="Only">The one request to replay, after those of its episode that come before it; null for all of them.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record FuzzArguments(int Requests, int Seed, int Clients, int? Only, string? Json)
{
    private const int MostRequests = 100_000_000;

    /// <summary>The command that asks for it.</summary>
    public static Command Command(Func<FuzzArguments, Task<int>> run)
    {
        var requests = CommonOptions.Number("--requests", "How many requests.", 10_000, 1, MostRequests);
        var seed = CommonOptions.Number("--seed", "What their random choices come from.", 1, 0, int.MaxValue);
        var clients = CommonOptions.Number("--clients", "How many clients send at once.", 8, 1, 256);
        var only = CommonOptions.NumberOrNone("--only", "Replays the request of this number, after those of its episode that come before it, and shows the answers.", 0, MostRequests);
        var json = CommonOptions.Json();
        var command = new Command("fuzz", "Sends a server what no good client would send, and looks for failures, hangs and memory that only grows.") { requests, seed, clients, only, json };
        command.SetAction((parsed, _) => run(new FuzzArguments(
            parsed.GetValue(requests), parsed.GetValue(seed), parsed.GetValue(clients), parsed.GetValue(only), parsed.GetValue(json)?.FullName)));
        return command;
    }
}
