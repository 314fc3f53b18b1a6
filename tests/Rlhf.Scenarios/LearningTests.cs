using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios;

/// <summary>The loop: chat, thumbs, training, a better version that serves, all of it still there after a restart.</summary>
public sealed class LearningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_round_makes_a_version_that_takes_over_while_people_chat_and_no_reply_is_mixed()
    {
        JsonNode learner;
        await using (var server = await RunningServer.StartAsync(_folder.Path, TinyTraining.Thorough))
        {
            await TinyLearning.PressAsync(server.Client, 160);
            using var closing = new CancellationTokenSource();
            var replies = new ConcurrentBag<(string Version, string Text)>();
            var chatting = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ChatUntilAsync(server, replies, closing.Token)));

            var job = await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { });
            Assert.Equal(("job-1", "v1"), ((string?)job["job_id"], (string?)job["version"]));
            Assert.Equal(409, (await server.PostAsync("v1/learner/train", new { })).Status);
            learner = await TinyLearning.EndOfAsync(server.Client, "job-1");
            var last = learner["last_job"]!;
            Assert.True("published" == (string?)last["outcome"], last.ToJsonString());

            // Published means answering: the next chat is by the new version already.
            Assert.Equal("v1", (string?)(await server.ChatAsync("A latte."))["model_version"]);
            await closing.CancelAsync();
            await chatting;

            var expected = new Dictionary<string, string>();
            foreach (var version in (string[])["base", "v1"])
            {
                var reply = await server.ChatAsync("A latte.", ("model", $"demo:{version}"), ("max_tokens", 40));
                expected[version] = (string)reply["choices"]![0]!["message"]!["content"]!;
            }

            Assert.NotEqual(expected["base"], expected["v1"]);
            Assert.Contains(replies, reply => reply.Version == "base");
            Assert.All(replies, reply => Assert.Equal(expected[reply.Version], reply.Text));
        }

        await using var again = await RunningServer.StartAsync(_folder.Path, TinyTraining.Thorough);
        Assert.Equal("v1", (string?)(await again.ChatAsync("A latte."))["model_version"]);
        var chosen = await again.ChatAsync("A latte.", ("temperature", 1), ("best_of", 3)); // by the reward model that the training left behind
        Assert.Equal(("v1", 3), ((string?)chosen["model_version"], (int)chosen["usage"]!["completion_tokens_details"]!["drawn_replies"]!));
        var (_, versions) = await again.GetAsync("v1/versions");
        var v1 = versions["versions"]!.AsArray().Single(version => (string?)version!["id"] == "v1")!;
        Assert.Equal(("live", "base", 1.0), ((string?)v1["state"], (string?)v1["parent"], (double)v1["share"]!));
        Assert.Equal(160, (int)v1["lineage"]!["cursor"]!);
        Assert.NotEmpty(v1["metrics"]!.AsObject());
        var after = (await again.GetAsync("v1/learner")).Body;
        Assert.Equal((string?)learner["last_job"]!["reason"], (string?)after["last_job"]!["reason"]);
        Assert.Equal((160, 0, 160), ((int)after["feedback_total"]!, (int)after["feedback_new"]!, (int)after["cursor"]!));

        Assert.Equal(200, (await again.PostAsync("v1/versions/v1/rollback", new { })).Status);
        Assert.Equal("base", (string?)(await again.ChatAsync("A latte."))["model_version"]);
        Assert.Equal(404, (await again.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("model", "demo:v1")))).Status);
    }

    [Fact]
    public async Task Enough_new_thumbs_start_a_job_by_themselves()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, [.. TinyTraining.Settings, "--Learner:TriggerThumbs=24", "--Learner:Ppo:Iterations=1"]);
        await TinyLearning.PressAsync(server.Client, 24);
        var learner = await TinyLearning.EndOfAsync(server.Client, "job-1");
        Assert.Equal("job-1", (string?)learner["last_job"]!["job_id"]);
        Assert.Contains((string?)learner["last_job"]!["outcome"], (string[])["published", "rejected"]);
        Assert.Equal(24, (int)learner["cursor"]!);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Streams one greedy reply after another until it is told to stop.</summary>
    private static async Task ChatUntilAsync(RunningServer server, ConcurrentBag<(string, string)> replies, CancellationToken closing)
    {
        while (!closing.IsCancellationRequested)
        {
            var body = RunningServer.Ask("A latte.", ("stream", true), ("max_tokens", 40));
            using var response = await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(server.Client, "v1/chat/completions", body, CancellationToken.None);
            var events = (await response.Content.ReadAsStringAsync(CancellationToken.None)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("data: [DONE]", events[^1]);
            var chunks = events[..^1].Select(data => JsonNode.Parse(data["data: ".Length..])!).ToList();
            var version = Assert.Single(chunks.Select(chunk => (string)chunk["model_version"]!).Distinct());
            replies.Add((version, string.Concat(chunks.Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"]))));
        }
    }
}
