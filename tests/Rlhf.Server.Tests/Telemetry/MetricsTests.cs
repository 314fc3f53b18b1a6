using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Telemetry;

[Collection(nameof(AloneInTheProcess))] // a server that stops takes gauges along that others share with it
public sealed class MetricsTests : IAsyncLifetime
{
    private const string Model = "watched"; // other tests' servers in this process share the meters, but not this name
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_folder.Path, $"--Model:Name={Model}");

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_chat_is_measured_by_the_conventions_for_generative_ai()
    {
        var reply = await _server.ChatAsync("A latte, please.", ("model", Model), ("n", 2));
        using var stream = await _server.AskAsync("A mocha, please.", ("model", $"{Model}:base"), ("stream", true));
        Assert.EndsWith("data: [DONE]\n\n", await stream.Content.ReadAsStringAsync());

        var scrape = await Scrape.OfAsync(_server.Client);
        (string, string)[] asked = [("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", "rlhf"), ("gen_ai_request_model", Model), ("gen_ai_response_model", $"{Model}:base")];
        Assert.Equal(1, scrape.Sum("gen_ai_server_request_duration_seconds_count", asked));
        Assert.Equal(1, scrape.Sum("gen_ai_server_request_duration_seconds_count", ("gen_ai_request_model", $"{Model}:base")));
        Assert.Equal(2, scrape.Sum("gen_ai_server_time_to_first_token_seconds_count", asked));
        Assert.Equal((int)reply["usage"]!["prompt_tokens"]!, scrape.Sum("gen_ai_client_token_usage_sum", [.. asked, ("gen_ai_token_type", "input")]));
        Assert.Equal((int)reply["usage"]!["completion_tokens"]!, scrape.Sum("gen_ai_client_token_usage_sum", [.. asked, ("gen_ai_token_type", "output")]));
        Assert.True(scrape.Sum("gen_ai_server_time_to_first_token_seconds_sum", asked) <= 2 * scrape.Sum("gen_ai_server_request_duration_seconds_sum", asked));
        Assert.DoesNotContain(scrape.Samples, sample => sample.Labels.ContainsKey("error_type") && sample.Labels.GetValueOrDefault("gen_ai_request_model") == Model);
    }

    [Theory]
    [InlineData("gen_ai_server_request_duration_seconds", "0.01 0.02 0.04 0.08 0.16 0.32 0.64 1.28 2.56 5.12 10.24 20.48 40.96 81.92 +Inf")]
    [InlineData("gen_ai_server_time_to_first_token_seconds", "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf")]
    [InlineData("gen_ai_server_time_per_output_token_seconds", "0.01 0.025 0.05 0.075 0.1 0.15 0.2 0.3 0.4 0.5 0.75 1 2.5 +Inf")]
    [InlineData("gen_ai_client_token_usage", "1 4 16 64 256 1024 4096 16384 65536 262144 1048576 4194304 16777216 67108864 +Inf")]
    public async Task The_buckets_are_the_recommended_ones(string histogram, string bounds)
    {
        await _server.ChatAsync("A latte, please.", ("model", Model));
        var scrape = await Scrape.OfAsync(_server.Client);
        var series = scrape.Samples.Where(sample => sample.Name == $"{histogram}_bucket" && sample.Labels["gen_ai_request_model"] == Model)
            .GroupBy(sample => sample.Labels.GetValueOrDefault("gen_ai_token_type")).First().ToList();
        Assert.Equal("histogram", scrape.Types[histogram]);
        Assert.Equal(bounds.Split(' '), series.Select(sample => sample.Labels["le"]));
        Assert.Equal(series.Select(sample => sample.Value).Order(), series.Select(sample => sample.Value));
    }

    [Fact]
    public async Task A_refused_chat_is_counted_with_its_error()
    {
        await _server.ChatAsync("Mine.", ("model", Model), ("user", "ann"), ("metadata", new { conversation_id = "anns" }));
        var (status, _) = await _server.PostAsync("v1/chat/completions", RunningServer.Ask("Mine, too?", ("model", Model), ("user", "bob"), ("metadata", new { conversation_id = "anns" })));
        Assert.Equal(403, status);
        var scrape = await Scrape.OfAsync(_server.Client);
        Assert.Equal(1, scrape.Sum("gen_ai_server_request_duration_seconds_count", ("gen_ai_request_model", Model), ("error_type", "not_yours")));
    }

    [Fact]
    public async Task Thumbs_queue_cache_and_shares_are_there()
    {
        var before = (await Scrape.OfAsync(_server.Client)).Sum("rlhf_feedback_total", ("rlhf_thumbs", "down"), ("rlhf_version", "base"));
        var reply = await _server.ChatAsync("A latte, please.", ("model", Model));
        await _server.ThumbAsync((string)reply["id"]!, up: false, "ann");
        var scrape = await Scrape.OfAsync(_server.Client);

        Assert.True(scrape.Sum("rlhf_feedback_total", ("rlhf_thumbs", "down"), ("rlhf_version", "base")) > before);
        Assert.Equal("counter", scrape.Types["rlhf_feedback_total"]);
        Assert.All(
            (string[])["rlhf_serving_replies_running", "rlhf_serving_replies_waiting", "rlhf_serving_cache_size_bytes", "rlhf_serving_cache_kept_bytes", "rlhf_version_share"],
            name => Assert.Equal("gauge", scrape.Types[name]));
        Assert.Contains(scrape.Samples, sample => sample is { Name: "rlhf_version_share", Value: 1 } && sample.Labels["rlhf_version"] == "base" && sample.Labels["rlhf_version_state"] == "live");
        Assert.True(scrape.Sum("rlhf_serving_tokens_total") > 0);
        Assert.Equal("counter", scrape.Types["rlhf_serving_candidates_total"]);
    }

    [Fact]
    public async Task Nothing_tells_who_said_what()
    {
        var reply = await _server.ChatAsync("A very private latte.", ("model", Model), ("user", "secret-user"), ("metadata", new { conversation_id = "secret-conversation" }));
        await _server.ThumbAsync((string)reply["id"]!, up: true, "secret-user");
        await _server.GetAsync("v1/conversations/secret-conversation");
        var text = (await Scrape.OfAsync(_server.Client)).Text;
        Assert.DoesNotContain("secret", text);
        Assert.DoesNotContain("private", text);
        Assert.Contains("/v1/conversations/{id}", text);
    }
}
