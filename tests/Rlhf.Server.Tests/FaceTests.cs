using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Rlhf.Server.Tests;

public sealed class FaceTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task The_console_is_there_with_all_that_its_page_loads()
    {
        var page = await fixture.Server.Client.GetStringAsync("/");
        var files = Regex.Matches(page, "(?:href|src)=\"(_[^\"]+)\"").Select(match => match.Groups[1].Value).ToList();
        Assert.True(files.Count >= 4, page);
        Assert.All(await Task.WhenAll(files.Select(async file => (file, (await fixture.Server.Client.GetAsync(file)).StatusCode))), loaded => Assert.Equal(HttpStatusCode.OK, loaded.StatusCode));
    }

    [Theory]
    [InlineData("health/live", "live")]
    [InlineData("health/ready", "ready")]
    public async Task Health_is_told(string path, string state) =>
        Assert.Equal((200, state), ((await fixture.Server.GetAsync(path)).Status, (string?)(await fixture.Server.GetAsync(path)).Body["status"]));

    [Fact]
    public async Task The_models_are_the_name_and_each_version_of_it()
    {
        var (_, list) = await fixture.Server.GetAsync("v1/models");
        Assert.Equal(["demo", "demo:base"], list["data"]!.AsArray().Select(model => (string)model!["id"]!));
        Assert.Equal(200, (await fixture.Server.GetAsync("v1/models/demo:base")).Status);
        Assert.Equal(404, (await fixture.Server.GetAsync("v1/models/demo:v1")).Status);
    }

    [Fact]
    public async Task A_model_was_created_when_its_version_was_made()
    {
        var made = DateTimeOffset.Parse((string)(await fixture.Server.GetAsync("v1/versions")).Body["versions"]![0]!["created_at"]!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        Assert.InRange(made, DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var (_, list) = await fixture.Server.GetAsync("v1/models");
        Assert.All(list["data"]!.AsArray(), model => Assert.Equal(made, (long)model!["created"]!));
        Assert.Equal(made, (long)(await fixture.Server.GetAsync("v1/models/demo:base")).Body["created"]!);
    }

    [Fact]
    public async Task The_learner_says_what_is_missing_before_it_starts()
    {
        var (status, problem) = await fixture.Server.PostAsync("v1/learner/train", new { });
        Assert.Equal(409, status);
        Assert.Contains("feedback", (string?)problem["detail"]);
        Assert.Equal("idle", (string?)(await fixture.Server.GetAsync("v1/learner")).Body["state"]);
    }

    [Fact]
    public async Task The_base_can_be_neither_rolled_back_nor_lost()
    {
        Assert.Equal(409, (await fixture.Server.PostAsync("v1/versions/base/rollback", new { })).Status);
        Assert.Equal(200, (await fixture.Server.PostAsync("v1/versions/base/promote", new { })).Status);
        Assert.Equal(404, (await fixture.Server.PostAsync("v1/versions/v9/promote", new { })).Status);
        var (_, versions) = await fixture.Server.GetAsync("v1/versions");
        Assert.Equal(("base", "live", 1.0), ((string?)versions["versions"]![0]!["id"], (string?)versions["versions"]![0]!["state"], (double)versions["versions"]![0]!["share"]!));
    }
}
