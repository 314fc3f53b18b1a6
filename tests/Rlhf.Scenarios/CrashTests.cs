using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;

namespace Rlhf.Scenarios;

/// <summary>A server that is killed under load, and one that is killed in the middle of a training job.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Every_acknowledged_turn_and_thumb_is_there_once_after_a_kill()
    {
        var turns = new ConcurrentDictionary<string, string>();
        var thumbs = new ConcurrentDictionary<string, string>();
        for (var round = 0; round < 2; round++)
        {
            var wanted = 20 * (round + 1);
            await using var server = await ServerProcess.StartAsync(_folder.Path);
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var load = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => LoadAsync(server, $"r{wanted}-w{worker}", turns, thumbs, acknowledged => Full(acknowledged, enough, wanted))));
            await enough.Task;
            await server.KillAsync();
            await load;
        }

        await using var after = await ServerProcess.StartAsync(_folder.Path);
        var stored = new Dictionary<string, JsonNode>();
        foreach (var conversation in turns.Keys.Select(id => id["chatcmpl-".Length..id.LastIndexOf('-')]).Distinct())
        {
            foreach (var turn in (await after.GetAsync($"v1/conversations/{conversation}"))["turns"]!.AsArray())
            {
                stored.Add((string)turn!["completion_id"]!, turn); // throws on a second one
            }
        }

        Assert.All(turns, turn => Assert.Equal(turn.Value, (string?)stored[turn.Key]["reply"]));
        Assert.All(thumbs, thumb => Assert.Equal(thumb.Value, (string?)Assert.Single(stored[thumb.Key]["thumbs"]!.AsArray())!["thumbs"]));

        var learner = await after.GetAsync("v1/learner");
        var versions = (await after.GetAsync("v1/versions"))["versions"]![0]!;
        var counted = (int)versions["thumbs_up"]! + (int)versions["thumbs_down"]!;
        Assert.Equal((int)learner["feedback_total"]!, counted);
        Assert.InRange(counted, thumbs.Count, thumbs.Count + 8); // what was under way at a kill may have been recorded
    }

    [Fact]
    public async Task A_job_that_was_killed_goes_on_and_is_published_or_rejected_once()
    {
        await using (var server = await ServerProcess.StartAsync(_folder.Path, settings: TinyTraining.Settings))
        {
            await TinyLearning.PressAsync(server.Client, 24);
            await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { });
            JsonNode learner;
            do
            {
                learner = await server.GetAsync("v1/learner?wait_for=job-1&timeout=0.2");
                Assert.True((string?)learner["state"] == "running", learner.ToJsonString());
            }
            while ((string?)learner["stage"] != "ppo");
            await server.KillAsync();
        }

        await using var after = await ServerProcess.StartAsync(_folder.Path, settings: TinyTraining.Settings);
        var ended = await TinyLearning.EndOfAsync(after.Client, "job-1");
        Assert.Equal("job-1", (string?)ended["last_job"]!["job_id"]);
        Assert.Contains((string?)ended["last_job"]!["outcome"], (string[])["published", "rejected"]);
        Assert.Equal(["base", "v1"], (await after.GetAsync("v1/versions"))["versions"]!.AsArray().Select(version => (string)version!["id"]!));

        // The outcome is told first, and only then is what led to it cleared away.
        Assert.True(SpinWait.SpinUntil(() => Directory.EnumerateFiles(Path.Combine(_folder.Path, "jobs"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).SequenceEqual(["metrics.jsonl"]), TimeSpan.FromSeconds(30)));
    }

    public void Dispose() => _folder.Dispose();

    private static void Full(int acknowledged, TaskCompletionSource enough, int wanted)
    {
        if (acknowledged >= wanted)
        {
            enough.TrySetResult();
        }
    }

    /// <summary>Chats and presses thumbs until the server is gone, keeping what it acknowledged.</summary>
    private static async Task LoadAsync(
        ServerProcess server, string conversation, ConcurrentDictionary<string, string> turns, ConcurrentDictionary<string, string> thumbs, Action<int> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var body = RunningServer.Ask($"Question {i}", ("metadata", new { conversation_id = conversation }), ("temperature", 1));
                var reply = await TinyLearning.PostAsync(server.Client, "v1/chat/completions", body);
                var id = (string)reply["id"]!;
                Assert.True(turns.TryAdd(id, (string)reply["choices"]![0]!["message"]!["content"]!), $"{id} was given twice");
                var thumb = i % 3 == 0 ? "down" : "up";
                await TinyLearning.PostAsync(server.Client, "v1/feedback", new { completion_id = id, thumbs = thumb, rater = conversation });
                thumbs[id] = thumb;
                acknowledged(thumbs.Count);
            }
        }
        catch (HttpRequestException)
        {
            // killed
        }
    }
}
