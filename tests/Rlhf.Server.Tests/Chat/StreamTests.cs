using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Chat;

public sealed class StreamTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_stream_begins_with_the_role_ends_with_a_reason_usage_and_done_and_says_what_the_whole_reply_says()
    {
        var whole = await fixture.Server.ChatAsync("A latte.", ("max_tokens", 20));
        var events = await StreamAsync("A latte.", ("max_tokens", 20), ("stream_options", new { include_usage = true }));

        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(data => JsonNode.Parse(data)!).ToList();
        Assert.Equal("assistant", (string?)chunks[0]["choices"]![0]!["delta"]!["role"]);
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", (string?)chunk["object"]));
        Assert.Single(chunks.Select(chunk => (string?)chunk["id"]).Distinct());
        Assert.All(chunks, chunk => Assert.Equal("demo:base", (string?)chunk["model"]));

        var text = string.Concat(chunks.Where(HasChoice).Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"]));
        Assert.Equal((string?)whole["choices"]![0]!["message"]!["content"], text);

        var reasons = chunks.Where(HasChoice).Select(chunk => (string?)chunk["choices"]![0]!["finish_reason"]).ToList();
        Assert.All(reasons[..^1], Assert.Null);
        Assert.Contains(reasons[^1], (string?[])["stop", "length"]);
        Assert.Equal((int)whole["usage"]!["completion_tokens"]!, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
    }

    [Fact]
    public async Task Each_choice_of_a_stream_ends_and_has_an_id_of_its_own_that_can_be_rated()
    {
        var events = await StreamAsync("A latte.", ("n", 3), ("temperature", 1), ("max_tokens", 5));
        var choices = events[..^1].SelectMany(data => JsonNode.Parse(data)!["choices"]!.AsArray()).ToLookup(choice => (int)choice!["index"]!);

        Assert.Equal([0, 1, 2], choices.Select(choice => choice.Key).Order());
        Assert.All(choices, choice => Assert.Single(choice, piece => piece!["finish_reason"] is not null));
        var ids = choices.Select(choice => (string)choice.First()!["completion_id"]!).ToList();
        Assert.Equal(3, ids.Distinct().Count());
        foreach (var id in ids)
        {
            await fixture.Server.ThumbAsync(id, up: true, "me");
        }
    }

    [Fact]
    public async Task Log_probabilities_come_with_every_token_and_stop_texts_are_cut()
    {
        var whole = await fixture.Server.ChatAsync("A latte.", ("max_tokens", 30), ("logprobs", true));
        var text = (string)whole["choices"]![0]!["message"]!["content"]!;
        var tokens = whole["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.NotEmpty(tokens);
        Assert.All(tokens, token => Assert.InRange((double)token!["logprob"]!, -100, 0));

        var stop = text.Substring(text.Length / 2, 2);
        var stopped = await fixture.Server.ChatAsync("A latte.", ("max_tokens", 30), ("stop", stop));
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], (string?)stopped["choices"]![0]!["message"]!["content"]);
        Assert.Equal("stop", (string?)stopped["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task A_seed_gives_the_same_reply_again_and_choices_differ()
    {
        (string, object)[] drawn = [("temperature", 1), ("seed", 7), ("max_tokens", 24), ("n", 2)];
        var first = (await fixture.Server.ChatAsync("A latte.", drawn))["choices"]!.AsArray();
        var again = (await fixture.Server.ChatAsync("A latte.", drawn))["choices"]!.AsArray();

        Assert.Equal(Contents(first), Contents(again));
        Assert.Equal(2, Contents(first).Distinct().Count());
    }

    [Fact]
    public async Task An_error_before_the_first_token_has_a_status_even_in_a_stream()
    {
        using var response = await fixture.Server.Client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask("hi", ("model", "demo:v9"), ("stream", true)));
        Assert.Equal(404, (int)response.StatusCode);
    }

    private static IEnumerable<string?> Contents(JsonArray choices) => choices.Select(choice => (string?)choice!["message"]!["content"]);

    private static bool HasChoice(JsonNode chunk) => chunk["choices"]!.AsArray().Count > 0;

    private async Task<List<string>> StreamAsync(string text, params (string, object)[] more)
    {
        using var response = await fixture.Server.Client.PostAsJsonAsync("v1/chat/completions", RunningServer.Ask(text, [.. more, ("stream", true)]));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var body = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("\n\n", body);
        return [.. body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(data => data["data: ".Length..])];
    }
}
