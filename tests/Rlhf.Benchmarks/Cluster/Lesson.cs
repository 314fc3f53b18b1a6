using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>What a training learns in seconds and passes the gate with: replies of few tokens to eight questions, of which a rater likes the half
/// with the more vowels. The same in every run.</summary>
internal static class Lesson
{
    private const int Replies = 160;
    private const int Questions = 8;
    private const int AtOnce = 8;

    /// <summary>Has the replies drawn and rated.</summary>
    public static async Task TeachAsync(HttpClient http)
    {
        var replies = new (string Id, double Vowels)[Replies];
        var many = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForAsync(0, Replies - Questions, many, AskAsync);
        for (var i = Replies - Questions; i < Replies; i++)
            await AskAsync(i, CancellationToken.None); // in order: the policy practises on the latest questions

        var median = replies.Select(reply => reply.Vowels).Order().ElementAt(Replies / 2);
        await Parallel.ForEachAsync(replies, many, async (reply, _) =>
            await PostAsync(http, "v1/feedback", new { completion_id = reply.Id, thumbs = reply.Vowels >= median ? "up" : "down", rater = "ann" }));

        async ValueTask AskAsync(int i, CancellationToken _)
        {
            var reply = await PostAsync(http, "v1/chat/completions", new
            {
                model = "demo",
                messages = new[] { new { role = "user", content = $"Question {i % Questions}" } },
                metadata = new { conversation_id = string.Create(CultureInfo.InvariantCulture, $"conversation-{i}") },
                temperature = 1,
                seed = i,
                max_tokens = 12,
            });
            var text = (string)reply["choices"]![0]!["message"]!["content"]!;
            replies[i] = ((string)reply["id"]!, text.Count(letter => "aeiou".Contains(letter)) / (double)Math.Max(1, text.Length));
        }
    }

    /// <summary>Posts, and insists on success.</summary>
    /// <exception cref="InvalidOperationException">The answer is none; the message says what it is.</exception>
    public static async Task<JsonNode> PostAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path} is answered with {(int)response.StatusCode}: {text}");
    }
}
