using System.Net.Http.Json;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests;

public sealed class LimitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_full_queue_says_when_to_come_back()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Serving:MaxBatch=1", "--Serving:MaxQueue=0");
        using var stream = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(RunningServer.Ask("A latte.", ("n", 8), ("max_tokens", 200))) };

        using var response = await server.Client.SendAsync(stream);
        Assert.Equal(429, (int)response.StatusCode);
        Assert.True(response.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        await server.ChatAsync("The place of what was refused is free again.");
    }

    [Fact]
    public async Task A_rater_who_presses_too_fast_is_told_when_to_come_back_and_others_are_not_held_up()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Feedback:PerMinute=2");
        var id = (string)(await server.ChatAsync("A latte."))["id"]!;
        await server.ThumbAsync(id, true, "ann");
        await server.ThumbAsync(id, true, "ann");

        var (status, body) = await server.PostAsync("v1/feedback", new { completion_id = id, thumbs = "up", rater = "ann" });
        Assert.Equal(429, status);
        Assert.Equal("rate_limit_error", (string?)body["error"]!["type"]);
        await server.ThumbAsync(id, true, "bob");
    }

    [Fact]
    public async Task A_configured_annotator_may_rate_what_others_own()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, "--Feedback:Annotators:0=judge");
        var id = (string)(await server.ChatAsync("A latte.", ("user", "ann")))["id"]!;
        await server.ThumbAsync(id, true, "judge");
        Assert.Equal(403, (await server.PostAsync("v1/feedback", new { completion_id = id, thumbs = "up", rater = "bob" })).Status);
    }

    public void Dispose() => _folder.Dispose();
}
