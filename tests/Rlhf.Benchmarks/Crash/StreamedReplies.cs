using System.Text.Json.Nodes;

namespace Rlhf.Benchmarks.Crash;

/// <summary>Reads the replies out of an answer, whole or streamed.</summary>
internal static class StreamedReplies
{
    /// <summary>Those of an answer that came whole.</summary>
    public static IReadOnlyList<Reply> Whole(JsonNode body, string conversation, string question) => [.. body["choices"]!.AsArray().Select(choice => new Reply(
        (string)choice!["completion_id"]!, conversation, question, (string)choice["message"]!["content"]!, (string)body["model_version"]!, IsDurable(body)))];

    /// <summary>Those of a stream that was read to its end; none where it ends with an error.</summary>
    /// <exception cref="IOException">The stream breaks off.</exception>
    public static async Task<IReadOnlyList<Reply>> ReadAsync(HttpResponseMessage response, string conversation, string question, Action<string> broken)
    {
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var replies = new Dictionary<string, Reply>();
        while (await lines.ReadLineAsync() is { } line)
        {
            if (line == "data: [DONE]")
                return [.. replies.Values];
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var chunk = JsonNode.Parse(line["data: ".Length..])!;
            if (chunk["error"] is { } error)
            {
                broken(error.ToJsonString());
                return [];
            }

            foreach (var choice in chunk["choices"]!.AsArray())
            {
                var id = (string)choice!["completion_id"]!;
                var before = replies.GetValueOrDefault(id) ?? new Reply(id, conversation, question, "", (string)chunk["model_version"]!, Durable: true);
                replies[id] = before with { Text = before.Text + (string?)choice["delta"]!["content"], Durable = before.Durable && IsDurable(chunk) };
            }
        }

        throw new IOException("The stream broke off.");
    }

    private static bool IsDurable(JsonNode body) => body["unsaved"] is not { } unsaved || !(bool)unsaved;
}
