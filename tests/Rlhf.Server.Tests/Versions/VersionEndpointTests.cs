using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Inference.Tests;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Versions;

public sealed class VersionEndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_version_shows_what_it_descends_from_what_was_said_of_it_its_test_and_its_history()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Versions:Canary=true");
        await PublishAsync(server, "v1");
        var (_, reply) = await server.PostAsync("/v1/chat/completions", RunningServer.Ask("A latte.", ("model", "demo:v1")));
        await server.PostAsync("/v1/feedback", new { completion_id = (string)reply["id"]!, thumbs = "up", rater = "ann" });

        var (status, version) = await server.GetAsync("/v1/versions/v1");
        Assert.Equal((200, "canary", 0.1), (status, (string?)version["state"], (double?)version["share"]));
        Assert.Equal(["base"], version["ancestors"]!.AsArray().Select(ancestor => (string?)ancestor));
        Assert.Equal((1, 1, 1.0), ((int?)version["thumbs_up"], (int?)version["evidence"]!["conversations"], (double?)version["evidence"]!["mean_score"]));
        Assert.Equal(1.0, (double?)version["evidence"]!["interval"]!["upper"]);
        var test = version["test"]!;
        Assert.Equal(("v1", "base", 0.05, 5000), ((string?)test["canary"], (string?)test["live"], (double?)test["alpha"], (int?)test["most_conversations"]));
        Assert.Equal((1, 0, -1.0, 1.0), (
            (int?)test["canary_evidence"]!["conversations"], (int?)test["live_evidence"]!["conversations"], (double?)test["difference_interval"]!["lower"], (double?)test["difference_interval"]!["upper"]));
        Assert.Equal(["training", "candidate", "canary"], version["history"]!.AsArray().Select(step => (string?)step!["to"]));

        Assert.Equal("live", (string?)(await server.GetAsync("/v1/versions/base")).Body["state"]);
        var (missing, problem) = await server.GetAsync("/v1/versions/v9");
        Assert.Equal((404, "There is no version 'v9'; there are: base, v1."), (missing, (string?)problem["detail"]));
    }

    [Fact]
    public async Task A_promotion_and_a_rollback_keep_who_decided_and_why()
    {
        await using var server = await RunningServer.StartAsync(
            _folder.Path, "--Versions:Canary=true", "--Keys:Always=true", "--Keys:Configured:0:Client=ops", $"--Keys:Configured:0:Sha256={Sha256("secret-of-ops")}", "--Keys:Configured:0:Roles=operate");
        await PublishAsync(server, "v1");
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "secret-of-ops");
        Assert.Equal(200, (await server.PostAsync("/v1/versions/v1/promote", new { reason = "asked for by the team" })).Status);
        using (var without = await server.Client.PostAsync("/v1/versions/v1/rollback", content: null))
        {
            Assert.Equal(200, (int)without.StatusCode);
        }

        var (_, version) = await server.GetAsync("/v1/versions/v1");
        Assert.Equal("rolled_back", (string?)version["state"]);
        Assert.True((bool)version["feedback_withheld"]!);
        Assert.Equal(
            [("canary", "live", "asked for by the team", "operator ops"), ("live", "rolled_back", "rolled back by hand", "operator ops")],
            version["history"]!.AsArray().TakeLast(2).Select(step => ((string?)step!["from"], (string?)step["to"], (string?)step["cause"], (string?)step["by"])));

        Assert.Equal("live", State(await server.PostAsync("/v1/versions/v1/promote", new { })));
    }

    [Theory]
    [InlineData("""{"reason":""}""", "reason")]
    [InlineData("""{"reason":7}""", "reason")]
    [InlineData("""{"because":"so"}""", "because")]
    public async Task A_reason_that_is_none_is_refused_and_nothing_is_done(string body, string names)
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Versions:Canary=true");
        await PublishAsync(server, "v1");
        using var refused = await server.Client.PostAsync("/v1/versions/v1/promote", new StringContent(body));
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Contains(names, await refused.Content.ReadAsStringAsync());
        Assert.Equal("canary", (string?)(await server.GetAsync("/v1/versions/v1")).Body["state"]);
    }

    [Fact]
    public async Task A_version_that_is_set_aside_does_not_look_live()
    {
        await using (var server = await RunningServer.StartAsync(_folder.Path))
        {
            await PublishAsync(server, "v1");
        }

        File.Delete(Path.Combine(_folder.Path, "versions", "v1.sha256"));
        await using var again = await RunningServer.StartAsync(_folder.Path);
        var versions = (await again.GetAsync("/v1/versions")).Body["versions"]!.AsArray();
        Assert.Equal([("base", 1.0, null), ("v1", 0.0, "The adapter of v1 is missing. Restore it from a backup.")], versions.Select(version => ((string)version!["id"]!, (double)version["share"]!, (string?)version["damaged"])));
        Assert.Equal("The adapter of v1 is missing. Restore it from a backup.", (string?)(await again.GetAsync("/v1/versions/v1")).Body["damaged"]);
        Assert.Equal(409, (await again.PostAsync("/v1/versions/v1/promote", new { })).Status);
        Assert.Equal(200, (await again.PostAsync("/v1/versions/base/promote", new { })).Status);
        var (refused, problem) = await again.PostAsync("/v1/versions/v1/promote", new { });
        Assert.Equal(409, refused);
        Assert.Contains("could answer nobody", problem.ToJsonString());
    }

    [Fact]
    public async Task Rebuilt_counts_are_the_same()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        var (_, reply) = await server.PostAsync("/v1/chat/completions", RunningServer.Ask("A latte."));
        await server.PostAsync("/v1/feedback", new { completion_id = (string)reply["id"]!, thumbs = "down", rater = "ann" });
        var before = (await server.GetAsync("/v1/versions")).Body;
        var (status, made) = await server.PostAsync("/v1/rebuild", new { });
        Assert.Equal((200, 0), (status, (int?)made["versions"]!["mended"]));
        var rebuilt = (await server.GetAsync("/v1/versions")).Body;
        Assert.True(JsonNode.DeepEquals(before, rebuilt));
        Assert.Equal(1, (int?)rebuilt["versions"]![0]!["thumbs_down"]);
    }

    internal static async Task PublishAsync(RunningServer server, string version)
    {
        var adapters = server.Services.GetRequiredService<IAdapterStore>();
        var trunk = server.Services.GetRequiredService<Rlhf.Inference.BaseModel>();
        await adapters.SaveAsync(version, TestModels.Adapter(trunk.Config, rank: 2, seed: 1).ToBytes(), (await adapters.ClaimAsync(version)).Token);
        var catalog = server.Services.GetRequiredService<IGrainFactory>().GetGrain<IModelCatalogGrain>("demo");
        await catalog.AnnounceAsync(version, ModelCatalog.Base, new VersionLineage($"job-{version}", Cursor: 0, Seed: 1, trunk.Fingerprint, Config: "{}"));
        await catalog.PublishAsync(version);
    }

    private static string? State((int Status, JsonNode Body) answer) => (string?)answer.Body["versions"]!.AsArray().Single(version => (string?)version!["id"] == "v1")!["state"];

    private static string Sha256(string key) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key))).ToLowerInvariant();
}
