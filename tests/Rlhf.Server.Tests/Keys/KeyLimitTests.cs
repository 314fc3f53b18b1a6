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
    public async Task Requests_that_come_at_once_overdraw_a_budget_no_more_than_one_would()
    {
        await using var keyed = await KeyedServer.StartAsync("--Keys:TokensPerDay=9");
        using var app = await keyed.ClientAsync("app");
        var statuses = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using var response = await app.PostAsync("v1/chat/completions", JsonContent.Create(RunningServer.Ask($"A latte, please, and make it a large one, {i}.")));
            return (int)response.StatusCode;
        }));
        Assert.Single(statuses, 200);
        Assert.Equal(11, statuses.Count(status => status == 429));
    }

    [Fact]
    public async Task What_was_set_aside_for_a_refused_request_is_there_again()
    {
        await using var keyed = await KeyedServer.StartAsync("--Keys:TokensPerDay=9");
        using var app = await keyed.ClientAsync("app");
        using var refused = await app.PostAsync("v1/chat/completions", JsonContent.Create(RunningServer.Ask("A latte.", ("logit_bias", new Dictionary<string, int> { ["9999999"] = 1 }))));
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Equal(200, (await KeyedServer.AskAsync(app, "A latte, please, and make it a large one.")).Status);
    }

    [Fact]
    public async Task A_key_made_with_a_budget_of_its_own_goes_by_that_and_the_list_shows_it()
    {
        await using var keyed = await KeyedServer.StartAsync("--Keys:TokensPerMinute=1000000", "--Keys:TokensPerDay=2000000");
        using var small = await keyed.ClientAsync("small", "--tokens-per-minute", "0", "--tokens-per-day", "9");
        using var usual = await keyed.ClientAsync("usual");
        using var first = await small.PostAsync("v1/chat/completions", JsonContent.Create(RunningServer.Ask("A latte, please, and make it a large one.")));
        Assert.Equal((200, "9"), ((int)first.StatusCode, Header(first, "x-ratelimit-limit-tokens")));
        var (status, body) = await KeyedServer.AskAsync(small, "And another one.");
        Assert.Equal((429, "rate_limit_exceeded"), (status, (string?)body["error"]!["code"]));
        using var models = await usual.GetAsync("v1/models");
        Assert.Equal("1000000", Header(models, "x-ratelimit-limit-tokens"));

        Assert.Matches("small +chat +default +any +9 ", await keyed.CommandAsync("list"));
        var listed = JsonNode.Parse(await keyed.CommandAsync("list", "--json"))!["keys"]!.AsArray().Single(key => (string?)key!["client"] == "small")!;
        Assert.Equal((0, 9), ((long?)listed["tokens_per_minute"], (long?)listed["tokens_per_day"]));
    }

    [Theory]
    [InlineData("v1/models", 200)]
    [InlineData("v1/models/gpt-4", 404)]
    [InlineData("v1/nothing", 404)]
    [InlineData("v1/versions", 403)]
    [InlineData("v1/conversations/x", 404)]
    public async Task Every_answer_says_how_many_requests_are_left(string path, int status)
    {
        await using var keyed = await KeyedServer.StartAsync("--Keys:PerMinute=1000", "--Keys:TokensPerDay=50");
        using var app = keyed.Client((await keyed.MakeAsync("app", "--per-minute", "3")).Key);
        await KeyedServer.Until(async () => await KeyedServer.StatusAsync(app) is 200);
        using var response = await app.GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(("3", status == 403 ? "2" : "1"), (Header(response, "x-ratelimit-limit-requests"), Header(response, "x-ratelimit-remaining-requests")));
        Assert.Matches("^[0-9]+s$", Header(response, "x-ratelimit-reset-requests"));
        Assert.Equal(("50", "50"), (Header(response, "x-ratelimit-limit-tokens"), Header(response, "x-ratelimit-remaining-tokens")));
        Assert.Matches("^[0-9]+s$", Header(response, "x-ratelimit-reset-tokens"));
    }

    [Fact]
    public async Task Where_no_key_is_needed_an_address_has_a_limit()
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path, "--Keys:PerMinuteWithoutKey=2");
        using var first = await server.Client.GetAsync("v1/models");
        Assert.Equal(("2", "1"), (Header(first, "x-ratelimit-limit-requests"), Header(first, "x-ratelimit-remaining-requests")));
        Assert.Equal(404, (await server.GetAsync("v1/conversations/x")).Status);
        using var refused = await server.Client.GetAsync("v1/models");
        Assert.Equal((429, "0"), ((int)refused.StatusCode, Header(refused, "x-ratelimit-remaining-requests")));
        Assert.Contains("127.0.0.1", (string?)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["message"]);
        Assert.Equal(200, (await server.GetAsync("health/ready")).Status);

        await using var open = await RunningServer.StartAsync(Path.Combine(folder.Path, "open"), "--Keys:PerMinuteWithoutKey=0");
        using var unbound = await open.Client.GetAsync("v1/models");
        Assert.Null(Header(unbound, "x-ratelimit-limit-requests"));
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

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
