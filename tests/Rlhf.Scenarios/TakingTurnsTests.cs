using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>Two servers, each a process with a data folder of its own, take turns on one table storage. Each ends as in a
/// power cut, and the other goes on with what is stored.</summary>
public sealed class TakingTurnsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [AzuriteFact]
    public async Task The_second_server_goes_on_with_what_the_first_left_when_it_was_killed()
    {
        string firstReply;
        await using (var first = await StartAsync("first"))
        {
            firstReply = await ChatAsync(first, "A latte.");
            await TinyLearning.PressAsync(first.Client, 24);
            await TinyLearning.PostAsync(first.Client, "v1/learner/train", new { });
            await TinyLearning.StageAsync(first, "ppo");
            await first.KillAsync();
        }

        string secondReply;
        JsonNode outcome;
        await using (var second = await StartAsync("second"))
        {
            Assert.Equal([firstReply], await RepliesAsync(second));
            secondReply = await ChatAsync(second, "And a tea.");
            Assert.Equal([firstReply, secondReply], await RepliesAsync(second));
            Assert.EndsWith("-2", secondReply.Split('|')[0]);

            outcome = (await TinyLearning.EndOfAsync(second.Client, "job-1"))["last_job"]!;
            Assert.Contains((string?)outcome["outcome"], (string[])["published", "rejected"]);
            Assert.DoesNotContain("Training job job-1 failed", second.Printed);
            await AssertThumbsAsync(second, 24);

            // A thumb that is pressed anew by the second server takes the place of the first server's.
            var changed = new { completion_id = "chatcmpl-conversation-0-1", thumbs = "down", rater = "ann" };
            await TinyLearning.PostAsync(second.Client, "v1/feedback", changed);
            await second.KillAsync();
        }

        await using var again = await StartAsync("first");
        Assert.Equal([firstReply, secondReply], await RepliesAsync(again));
        await AssertThumbsAsync(again, 24);
        var conversation = await again.GetAsync("v1/conversations/conversation-0");
        Assert.Equal("down", (string?)Assert.Single(conversation["turns"]![0]!["thumbs"]!.AsArray())!["thumbs"]);

        var learner = await again.GetAsync("v1/learner");
        Assert.Equal("idle", (string?)learner["state"]);
        Assert.True(JsonNode.DeepEquals(outcome, learner["last_job"]), $"{outcome} is now {learner["last_job"]}");
        var versions = (await again.GetAsync("v1/versions"))["versions"]!.AsArray();
        Assert.Equal(["base", "v1"], versions.Select(version => (string)version!["id"]!));
        var live = (string?)outcome["outcome"] == "published" ? "v1" : "base";
        Assert.Equal(live, (string?)versions.Single(version => (string?)version!["state"] == "live")!["id"]);
        var fresh = await TinyLearning.PostAsync(again.Client, "v1/chat/completions", RunningServer.Ask("A latte."));
        Assert.Equal(live, (string?)fresh["model_version"]);
    }

    public void Dispose() => _folder.Dispose();

    private Task<ServerProcess> StartAsync(string name) => ServerProcess.StartAsync(
        Path.Combine(_folder.Path, name),
        settings:
        [
            "--storage", "azure-tables", "--connection", AzuriteServer.Shared.ConnectionString,
            $"--Storage:Prefix=turns{Environment.ProcessId}",
            $"--Learner:JobsFolder={Path.Combine(_folder.Path, "jobs")}",
            .. TinyTraining.Settings,
        ]);

    /// <summary>Says something more in the one conversation of this test.</summary>
    private static async Task<string> ChatAsync(ServerProcess server, string text)
    {
        var reply = await TinyLearning.PostAsync(server.Client, "v1/chat/completions", RunningServer.Ask(text, ("metadata", new { conversation_id = "breakfast" })));
        return $"{(string)reply["id"]!}|{(string)reply["choices"]![0]!["message"]!["content"]!}";
    }

    private static async Task<IEnumerable<string>> RepliesAsync(ServerProcess server) =>
        (await server.GetAsync("v1/conversations/breakfast"))["turns"]!.AsArray().Select(turn => $"{(string)turn!["completion_id"]!}|{(string)turn["reply"]!}");

    /// <summary>Every thumb is there, and once: the ledger's own count agrees with what the versions earned.</summary>
    private static async Task AssertThumbsAsync(ServerProcess server, int count)
    {
        var earned = (await server.GetAsync("v1/versions"))["versions"]!.AsArray().Sum(version => (int)version!["thumbs_up"]! + (int)version["thumbs_down"]!);
        Assert.Equal(count, earned);
        for (var i = 0; i < count; i += 5)
        {
            var turn = (await server.GetAsync($"v1/conversations/conversation-{i}"))["turns"]!.AsArray().Single();
            Assert.Single(turn!["thumbs"]!.AsArray());
        }
    }
}
