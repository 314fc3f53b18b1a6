using System.Text.Json;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>
/// How fast feedback becomes durable: by batches, beside what SQLite itself does with the same rows; by single calls at a fixed rate; and
/// over HTTP, on a server whose many open conversations are weighed.
/// </summary>
internal static class FeedbackBench
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Prints the figures; <c>--json FILE</c> keeps them.</summary>
    public static async Task<int> RunAsync(FeedbackArguments asked)
    {
        var figures = new Dictionary<string, object>();
        if (asked.Parts.Contains("batches"))
            figures["batches"] = await BatchesPart.RunAsync(asked);
        if (asked.Parts.Contains("calls"))
            figures["calls"] = await CallsPart.RunAsync(asked);
        if (asked.Parts.Contains("server"))
            figures["server"] = await ServerPart.RunAsync(asked);
        if (asked.Connection is not null)
            figures["tables"] = await BatchesPart.OnTablesAsync(asked.Connection, asked.Runs);
        if (asked.Json is not null)
            await File.WriteAllTextAsync(asked.Json, JsonSerializer.Serialize(new { feedback = figures }, s_json));
        return 0;
    }
}
