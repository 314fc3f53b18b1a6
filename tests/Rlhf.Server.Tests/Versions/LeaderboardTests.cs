using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Versions;

public sealed class LeaderboardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Comparisons_make_a_leaderboard_and_win_rates_and_corrections_show_how_near_replies_are()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Versions:Canary=true");
        await VersionEndpointTests.PublishAsync(server, "v1");
        Assert.Empty((await server.GetAsync("/v1/leaderboard")).Body["versions"]!.AsArray());

        var last = ("", "");
        for (var prompt = 0; prompt < 6; prompt++)
        {
            last = (await AskAsync(server, "base", $"Question {prompt}"), await AskAsync(server, "v1", $"Question {prompt}"));
            await CompareAsync(server, prompt < 4 ? [[last.Item2], [last.Item1]] : prompt == 4 ? [[last.Item1], [last.Item2]] : [[last.Item1, last.Item2]], prompt < 2 ? ["short"] : []);
        }

        var (status, board) = await server.GetAsync("/v1/leaderboard");
        Assert.Equal((200, 6, 6), (status, (int?)board["comparisons"], (int?)board["prompts"]));
        var first = board["versions"]![0]!;
        Assert.Equal(("v1", 4, 1, 1), ((string?)first["version"], (int?)first["wins"], (int?)first["ties"], (int?)first["losses"]));
        Assert.True((double)first["elo"]! > 1000);
        Assert.InRange((double)first["rating_without_length_control"]!, (double)first["interval"]!["lower"]! - 400, (double)first["interval"]!["upper"]! + 400);
        Assert.Equal(2000, (double)first["rating"]! + (double)board["versions"]![1]!["rating"]!, 1e-6);

        await server.PostAsync("/v1/feedback", new { completion_id = last.Item2, correction = "Here is your latte.", rater = "ann" });
        var (_, compared) = await server.GetAsync("/v1/versions/v1/compare/base");
        Assert.Equal((0.75, 6, 6), ((double?)compared["all"]!["win_rate"], (int?)compared["all"]!["prompts"], (int?)compared["all"]!["comparisons"]));
        Assert.InRange((double)compared["all"]!["interval"]!["lower"]!, 0.3, 0.75);
        Assert.Equal(("short", 1.0, 2), (compared["cohorts"]!.AsObject().Single().Key, (double?)compared["cohorts"]!["short"]!["win_rate"], (int?)compared["cohorts"]!["short"]!["prompts"]));
        Assert.Equal(1, (int?)compared["corrections"]!["replies"]);
        Assert.InRange((double)compared["corrections"]!["rouge_l"]!, 0, 1);
        Assert.Null(compared["other_corrections"]);
        Assert.Equal(0.25, (double?)(await server.GetAsync("/v1/versions/base/compare/v1")).Body["all"]!["win_rate"]);

        // What is said anew takes the old one's place, and what is taken back counts no more.
        await CompareAsync(server, [[last.Item2], [last.Item1]], []);
        Assert.Equal(5, (int?)(await server.GetAsync("/v1/leaderboard")).Body["versions"]![0]!["wins"]);
        using var retracted = await server.Client.DeleteAsync($"/v1/comparisons?rater=ann&completion_id={last.Item1}&completion_id={last.Item2}");
        Assert.True(retracted.IsSuccessStatusCode);
        Assert.Equal(5, (int?)(await server.GetAsync("/v1/leaderboard")).Body["comparisons"]);
    }

    [Theory]
    [InlineData("/v1/versions/v9/compare/base", 404)]
    [InlineData("/v1/versions/base/compare/v9", 404)]
    [InlineData("/v1/versions/base/compare/base", 400)]
    public async Task What_can_not_be_compared_is_refused(string path, int status)
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        Assert.Equal(status, (await server.GetAsync(path)).Status);
    }

    private static async Task<string> AskAsync(RunningServer server, string version, string text)
    {
        var (status, reply) = await server.PostAsync("/v1/chat/completions", RunningServer.Ask(text, ("model", $"demo:{version}")));
        Assert.Equal(200, status);
        return (string)reply["id"]!;
    }

    private static async Task CompareAsync(RunningServer server, string[][] ranking, string[] tags)
    {
        var (status, body) = await server.PostAsync("/v1/comparisons", new { ranking, tags, rater = "ann" });
        Assert.True(status == 200, body.ToJsonString());
    }
}
