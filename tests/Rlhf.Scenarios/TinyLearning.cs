using System.Text.Json.Nodes;
using Rlhf.Server.Tests;

namespace Rlhf.Scenarios;

/// <summary>What there is to learn, and waiting until it is learned.</summary>
internal static class TinyLearning
{
    /// <summary>Chats and presses thumbs by a simple taste: the more vowels, the better. The same in every run, names included.</summary>
    public static async Task<int> PressAsync(HttpClient client, int count)
    {
        var replies = new List<(string Id, double Vowels)>();
        for (var i = 0; i < count; i++)
        {
            var reply = await PostAsync(client, "v1/chat/completions", RunningServer.Ask($"Question {i % 8}", ("metadata", new { conversation_id = $"conversation-{i}" }), ("temperature", 1), ("seed", i), ("max_tokens", 12)));
            var text = (string)reply["choices"]![0]!["message"]!["content"]!;
            replies.Add(((string)reply["id"]!, text.Count(letter => "aeiou".Contains(letter)) / (double)Math.Max(1, text.Length)));
        }

        var median = replies.Select(reply => reply.Vowels).Order().ElementAt(count / 2);
        foreach (var (id, vowels) in replies)
        {
            await PostAsync(client, "v1/feedback", new { completion_id = id, thumbs = vowels >= median ? "up" : "down", rater = "ann" });
        }

        return count;
    }

    /// <summary>Waits for a job's end.</summary>
    public static async Task<JsonNode> EndOfAsync(HttpClient client, string job)
    {
        while (true)
        {
            var learner = JsonNode.Parse(await client.GetStringAsync($"v1/learner?wait_for={job}&timeout=60"))!;
            if ((string?)learner["last_job"]?["job_id"] == job)
            {
                return learner;
            }
        }
    }

    /// <summary>Waits until the first job has come to a stage.</summary>
    public static async Task StageAsync(ServerProcess server, string stage)
    {
        JsonNode learner;
        do
        {
            learner = await server.GetAsync("v1/learner?wait_for=job-1&timeout=0.2");
            Assert.True((string?)learner["state"] == "running", learner.ToJsonString());
        }
        while ((string?)learner["stage"] != stage);
    }

    /// <summary>Posts, and insists on success.</summary>
    public static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var response = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(client, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
