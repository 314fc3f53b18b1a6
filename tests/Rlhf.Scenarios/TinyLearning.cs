using System.Text.Json.Nodes;
using Rlhf.Server.Tests;

namespace Rlhf.Scenarios;

/// <summary>Training in seconds, on a model of random weights: real in every stage, only small.</summary>
internal static class TinyLearning
{
    /// <summary>The learner's settings.</summary>
    public static readonly string[] Settings =
    [
        "--Learner:TriggerThumbs=0",
        "--Learner:Threads=1",
        "--Learner:Reward:LoraEpochs=1",
        "--Learner:Reward:ReferenceReplies=16",
        "--Learner:Reward:NGramBuckets=4096",
        "--Learner:Ppo:Iterations=10",
        "--Learner:Ppo:Rollouts=32",
        "--Learner:Ppo:MaxReplyTokens=12",
        "--Learner:Ppo:LearningRate=0.01",
        "--Learner:Ppo:KlCoefficient=0.01",
        "--Learner:Ppo:KlTarget=200",
        "--Learner:Ppo:ApproxKlTarget=1",
        "--Learner:Gate:KlBudget=1000",
        "--Learner:Gate:LengthFactor=1000",
        "--Learner:Gate:DistinctShare=0",
        "--Learner:Gate:EndRateDrop=1",
        "--Learner:Gate:Replies=512",
    ];

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

    /// <summary>Posts, and insists on success.</summary>
    public static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var response = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(client, path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
