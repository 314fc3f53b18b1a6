using System.Text.Json.Nodes;
using Rlhf.Server.Tests;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Scenarios;

/// <summary>A training whose reward has more components than the reward model, through HTTP.</summary>
public sealed class RewardComponentTests : IDisposable
{
    private static readonly string[] Short = [.. TinyTraining.Settings, "--Learner:Ppo:Iterations=2", "--Learner:Gate:Replies=32"];
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task This_server_itself_can_be_the_judge()
    {
        await using var judge = await RunningServer.StartAsync(Path.Combine(_folder.Path, "judge"));
        var constitution = Path.Combine(_folder.Path, "constitution.txt");
        await File.WriteAllTextAsync(constitution, "Be kind.");
        await using var server = await RunningServer.StartAsync(
            Path.Combine(_folder.Path, "data"),
            [.. Short, $"--Learner:Judge:Url={judge.Address}v1", "--Learner:Judge:Model=demo", "--Learner:Judge:Weight=0.5", $"--Learner:Judge:Constitution={constitution}", "--Learner:Diversity:Weight=0.25"]);
        await TinyLearning.PressAsync(server.Client, 24);

        var metrics = Metrics(await TrainAsync(server));

        Assert.Equal((1, 0.5, 0.25), ((double)metrics["reward/human_weight"]!, (double)metrics["reward/judge_weight"]!, (double)metrics["reward/diversity_weight"]!));
        Assert.InRange((double)metrics["reward/judge"]!, -1, 1);
        Assert.InRange((double)metrics["reward/diversity"]!, 0, 1);
        var config = (string)(await server.GetAsync("v1/versions")).Body["versions"]!.AsArray().Single(version => (string?)version!["id"] == "v1")!["lineage"]!.ToJsonString();
        Assert.Contains("constitution.txt", config); // configuration stands with the version
    }

    [Fact]
    public async Task A_scorer_that_does_not_answer_is_waited_for_by_its_name()
    {
        var recovered = new TaskCompletionSource();
        await using var scorer = await ScriptedService.StartAsync((http, body) =>
            recovered.Task.IsCompleted ? ScriptedService.Says($"{{\"rewards\":[{string.Join(',', body["query"]!.AsArray().Select((_, i) => i % 3))}]}}")(http, body) : ScriptedService.Fails(500)(http, body));
        await using var server = await RunningServer.StartAsync(
            _folder.Path, [.. Short, $"--Learner:Scorer:Url={scorer.Url}", "--Learner:Scorer:Retries=0", "--Learner:RewardPatience=00:01:00", "--Logging:LogLevel:Rlhf=None"]);
        await TinyLearning.PressAsync(server.Client, 24);
        var job = (string)(await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { }))["job_id"]!;

        JsonNode learner;
        do
        {
            learner = (await server.GetAsync($"v1/learner?wait_for={job}&timeout=0.2")).Body;
            Assert.True((string?)learner["state"] == "running", learner.ToJsonString());
        }
        while ((string?)learner["stage"] != "waits for scorer");

        recovered.SetResult();
        Assert.InRange((double)Metrics(await TinyLearning.EndOfAsync(server.Client, job))["reward/scorer"]!, 0, 2);
    }

    [Fact]
    public async Task A_scorer_that_never_will_fails_the_job_and_the_next_one_learns_from_the_same()
    {
        var allows = false;
        await using var scorer = await ScriptedService.StartAsync((http, body) =>
            allows ? ScriptedService.Says($"{{\"rewards\":[{string.Join(',', body["query"]!.AsArray().Select((_, i) => i % 3))}]}}")(http, body) : ScriptedService.Fails(401)(http, body));
        await using var server = await RunningServer.StartAsync(_folder.Path, [.. Short, $"--Learner:Scorer:Url={scorer.Url}", "--Logging:LogLevel:Rlhf=None"]);
        await TinyLearning.PressAsync(server.Client, 24);

        var failed = await TrainAsync(server);
        Assert.Equal(("failed", 0), ((string?)failed["last_job"]!["outcome"], (int)failed["cursor"]!));
        Assert.Contains("'scorer'", (string?)failed["last_job"]!["reason"]);
        Assert.Contains("401", (string?)failed["last_job"]!["reason"]);

        allows = true;
        Assert.InRange((double)Metrics(await TrainAsync(server))["reward/scorer"]!, 0, 2);
    }

    [Fact]
    public async Task A_judge_alone_can_label_and_its_labels_are_no_feedback()
    {
        await using var judge = await ScriptedService.StartAsync(ScriptedService.Judges(body => $$"""{"score": {{(JsonNode.Parse((string)body["messages"]![1]!["content"]!)!["reply"]!.ToString().Length % 2 == 0 ? 10 : 2)}}}"""));
        await using var server = await RunningServer.StartAsync(
            _folder.Path, [.. Short, $"--Learner:Judge:Url={judge.Url}v1", "--Learner:Judge:Model=m", "--Learner:Judge:Label:Most=20", "--Learner:Judge:Label:Share=1", "--Learner:Judge:Label:Weight=0.5"]);
        for (var i = 0; i < 24; i++)
        {
            await server.ChatAsync($"Question {i % 8}", ("metadata", new { conversation_id = $"c-{i}" }), ("temperature", 1), ("seed", i), ("max_tokens", 12));
        }

        var learner = await TrainAsync(server);
        var metrics = Metrics(learner);

        Assert.Equal(10, (double)metrics["judge/labels_weight"]!, 6);
        Assert.InRange((double)metrics["judge/labels_mean"]!, -1, 1);
        Assert.Equal(20, judge.Questions.Count);
        Assert.Equal((0, 0), ((int)learner["feedback_total"]!, (int)learner["cursor"]!));
        var versions = (await server.GetAsync("v1/versions")).Body["versions"]!.AsArray();
        Assert.All(versions, version => Assert.DoesNotContain("\"up\":1", version!.ToJsonString()));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<JsonNode> TrainAsync(RunningServer server) =>
        await TinyLearning.EndOfAsync(server.Client, (string)(await TinyLearning.PostAsync(server.Client, "v1/learner/train", new { }))["job_id"]!);

    private static JsonNode Metrics(JsonNode learner)
    {
        Assert.True("failed" != (string?)learner["last_job"]!["outcome"], learner.ToJsonString());
        return learner["last_job"]!["metrics"]!;
    }
}
