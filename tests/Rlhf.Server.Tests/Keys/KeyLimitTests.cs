using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests.Telemetry;

namespace Rlhf.Server.Tests.Keys;

public sealed class KeyLimitTests
{
    [Fact]
    public async Task A_key_that_is_used_too_often_is_told_when_to_come_back_and_others_are_not_held_up()
    {
        await using var keyed = await KeyedServer.StartAsync("--Keys:PerMinute=1000");
        using var slow = keyed.Client((await keyed.MakeAsync("slow", "--per-minute", "3")).Key);
        using var other = await keyed.ClientAsync("other");
        await KeyedServer.Until(async () => await KeyedServer.StatusAsync(slow) is 200); // a refused key takes none of the three
        Assert.Equal(200, await KeyedServer.StatusAsync(slow));
        Assert.Equal(200, await KeyedServer.StatusAsync(slow));

        using var refused = await slow.GetAsync("v1/models");
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(("rate_limit_error", "rate_limit_exceeded"), ((string?)error["type"], (string?)error["code"]));
        using var elsewhere = await slow.GetAsync("v1/conversations/x");
        Assert.Equal((429, "application/problem+json"), ((int)elsewhere.StatusCode, elsewhere.Content.Headers.ContentType?.MediaType));
        Assert.Equal(200, await KeyedServer.StatusAsync(other));
        using var probe = await slow.GetAsync("health/live");
        Assert.Equal(200, (int)probe.StatusCode); // what is for everybody has no limit

        using var watcher = await keyed.ClientAsync("watcher", "--roles", "watch");
        var scrape = await Scrape.OfAsync(watcher);
        Assert.True(scrape.Sum("http_server_request_duration_seconds_count", ("http_route", "/v1/models"), ("http_response_status_code", "429")) >= 1); // what the alert counts
    }

    [Theory]
    [InlineData("TokensPerMinute", "minute", false)]
    [InlineData("TokensPerDay", "day", true)]
    public async Task A_key_that_has_used_its_tokens_is_told_when_there_are_more(string limit, string span, bool stream)
    {
        await using var keyed = await KeyedServer.StartAsync($"--Keys:{limit}=30");
        using var app = await keyed.ClientAsync("app");
        using var other = await keyed.ClientAsync("other");
        using var first = await app.PostAsync("v1/chat/completions", JsonContent.Create(RunningServer.Ask("A latte, please, and make it a large one.", ("stream", stream))));
        Assert.Equal(("30", "30"), (first.Headers.GetValues("x-ratelimit-limit-tokens").Single(), first.Headers.GetValues("x-ratelimit-remaining-tokens").Single()));
        Assert.Contains("chatcmpl-", await first.Content.ReadAsStringAsync());

        HttpResponseMessage refused;
        do
        {
            refused = await app.PostAsync("v1/chat/completions", JsonContent.Create(RunningServer.Ask("A latte, please, and make it a large one.")));
        }
        while (refused.IsSuccessStatusCode); // each takes some of the thirty
        using (refused)
        {
            Assert.Equal(429, (int)refused.StatusCode);
            Assert.Equal("0", refused.Headers.GetValues("x-ratelimit-remaining-tokens").Single());
            Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
            Assert.Contains($"30 tokens of a {span}", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["message"]);
        }

        Assert.Equal(200, (await KeyedServer.AskAsync(other, "A latte.")).Status);
        using var models = await app.GetAsync("v1/models");
        Assert.Equal(200, (int)models.StatusCode); // costs no tokens
    }

    [Fact]
    public async Task A_rater_who_presses_too_fast_is_stopped_though_the_key_is_not()
    {
        await using var keyed = await KeyedServer.StartAsync("--Feedback:PerMinute=2");
        using var app = await keyed.ClientAsync("app");
        var id = (string)(await KeyedServer.AskAsync(app, "A latte.")).Body["id"]!;
        Assert.Equal(200, (await KeyedServer.ThumbAsync(app, id, "ann")).Status);
        Assert.Equal(200, (await KeyedServer.ThumbAsync(app, id, "ann")).Status);
        Assert.Equal(429, (await KeyedServer.ThumbAsync(app, id, "ann")).Status);
        Assert.Equal(200, (await KeyedServer.ThumbAsync(app, id, "bob")).Status);
    }
}
