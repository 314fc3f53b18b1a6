using System.Text;
using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Chat;

/// <summary>What a request may say of how its reply is drawn, and what is kept of it.</summary>
public sealed class SamplingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Each_token_comes_with_as_many_of_the_likeliest_as_were_asked_for_in_a_stream_too()
    {
        var whole = await fixture.Server.ChatAsync("A latte.", ("logprobs", true), ("top_logprobs", 3));
        var tokens = Tokens(whole["choices"]![0]!);
        Assert.NotEmpty(tokens);
        Assert.All(tokens, token =>
        {
            var likeliest = token["top_logprobs"]!.AsArray();
            Assert.Equal(3, likeliest.Count);
            Assert.Equal((string?)token["token"], (string?)likeliest[0]!["token"]); // at temperature 0
            Assert.Equal((double)token["logprob"]!, (double)likeliest[0]!["logprob"]!);
            Assert.Equal(likeliest.Select(one => (double)one!["logprob"]!).OrderDescending(), likeliest.Select(one => (double)one!["logprob"]!));
            Assert.All(likeliest, one => Assert.Equal(["bytes", "logprob", "token"], one!.AsObject().Select(field => field.Key).Order()));
            Assert.All(likeliest, one => Assert.Equal(Encoding.UTF8.GetBytes((string)one!["token"]!).Select(value => (int)value), one["bytes"]!.AsArray().Select(value => (int)value!)));
        });

        var streamed = (await StreamAsync(("logprobs", true), ("top_logprobs", 3))).Where(chunk => chunk["choices"]!.AsArray().Count > 0).SelectMany(chunk => Tokens(chunk["choices"]![0]!));
        Assert.Equal(tokens.Select(token => token.ToJsonString()), streamed.Select(token => token.ToJsonString()));
        var none = await fixture.Server.ChatAsync("A latte.", ("logprobs", true), ("top_logprobs", 0));
        Assert.All(Tokens(none["choices"]![0]!), token => Assert.Empty(token["top_logprobs"]!.AsArray()));
    }

    [Fact]
    public async Task A_bias_and_penalties_change_the_reply_and_its_log_probabilities_and_leave_nothing_to_learn_from_as_a_draw()
    {
        var plain = await fixture.Server.ChatAsync("A latte.", ("logprobs", true), ("max_tokens", 24));
        foreach (var (field, value) in ((string, object)[])[("frequency_penalty", 2), ("presence_penalty", 2), ("logit_bias", new Dictionary<string, int> { ["97"] = 100 })])
        {
            (string, object)[] asked = [(field, value), ("logprobs", true), ("max_tokens", 24)];
            var adjusted = await fixture.Server.ChatAsync("A latte.", asked);
            Assert.NotEqual(Text(plain), Text(adjusted));
            Assert.Equal(Text(adjusted), Text(await fixture.Server.ChatAsync("A latte.", asked)));
            Assert.NotEmpty(Tokens(adjusted["choices"]![0]!));
            Assert.Empty((await TurnAsync(adjusted))["log_probs"]!.AsArray());
            Assert.NotEmpty((await TurnAsync(adjusted))["tokens"]!.AsArray());
            await fixture.Server.ThumbAsync((string)adjusted["id"]!, up: true, "ann");
        }

        Assert.NotEmpty((await TurnAsync(plain))["log_probs"]!.AsArray());
        var only = await fixture.Server.ChatAsync("A latte.", ("logit_bias", new Dictionary<string, int> { ["97"] = 100 }), ("logprobs", true), ("top_logprobs", 1), ("temperature", 1));
        Assert.All(Tokens(only["choices"]![0]!), token => Assert.Equal(0, (double)token["logprob"]!, 1e-4));
        Assert.Single(Tokens(only["choices"]![0]!).Select(token => (string?)token["token"]).Distinct());
    }

    [Fact]
    public async Task At_most_1024_tokens_may_be_biased()
    {
        using var refused = await fixture.Server.AskAsync("A latte.", ("logit_bias", Enumerable.Range(0, 1025).ToDictionary(id => $"{id}", _ => 1)));
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Contains("1,025", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Top_p_of_zero_takes_the_likeliest_and_the_newer_name_of_the_limit_has_the_last_word()
    {
        var greedy = await fixture.Server.ChatAsync("A latte.");
        Assert.Equal(Text(greedy), Text(await fixture.Server.ChatAsync("A latte.", ("temperature", 1), ("top_p", 0))));
        var shorter = await fixture.Server.ChatAsync("A latte.", ("max_tokens", 8), ("max_completion_tokens", 2));
        Assert.InRange((int)shorter["usage"]!["completion_tokens"]!, 1, 2);
    }

    [Fact]
    public async Task With_include_usage_each_chunk_names_the_usage_and_only_the_last_has_it()
    {
        var chunks = await StreamAsync(("stream_options", new { include_usage = true }));
        Assert.All(chunks[..^1], chunk => Assert.True(chunk.AsObject().TryGetPropertyValue("usage", out var usage) && usage is null));
        Assert.True((int)chunks[^1]["usage"]!["total_tokens"]! > 0);
        Assert.All(await StreamAsync(("stream_options", new { include_usage = false })), chunk => Assert.False(chunk.AsObject().ContainsKey("usage")));
    }

    [Fact]
    public async Task Of_what_is_not_to_be_stored_nothing_can_be_read_or_rated()
    {
        var conversation = new { conversation_id = "off-the-record" };
        var reply = await fixture.Server.ChatAsync("A secret latte.", ("store", false), ("n", 2), ("metadata", conversation));
        var id = (string)reply["id"]!;
        Assert.Equal(["chatcmpl-off-the-record-1", "chatcmpl-off-the-record-2"], reply["choices"]!.AsArray().Select(choice => (string)choice!["completion_id"]!).Order());
        var (status, error) = await fixture.Server.PostAsync("v1/feedback", new { completion_id = id, thumbs = "up", rater = "ann" });
        Assert.Equal((404, "completion_id"), (status, (string?)error["error"]!["param"]));
        Assert.Contains("store: false", (string?)error["error"]!["message"]);

        var kept = await fixture.Server.ChatAsync("A latte.", ("metadata", conversation));
        Assert.Equal("chatcmpl-off-the-record-3", (string?)kept["id"]);
        var (_, stored) = await fixture.Server.GetAsync("v1/conversations/off-the-record");
        Assert.DoesNotContain("secret", stored.ToJsonString());
        Assert.Single(stored["turns"]!.AsArray());
    }

    private static string Text(JsonNode reply) => (string)reply["choices"]![0]!["message"]!["content"]!;

    private static List<JsonNode> Tokens(JsonNode choice) => [.. (choice["logprobs"]?["content"]?.AsArray() ?? []).Select(token => token!)];

    private async Task<JsonNode> TurnAsync(JsonNode reply) => (await fixture.Server.GetAsync($"v1/conversations/{reply["conversation_id"]}")).Body["turns"]![0]!;

    private async Task<List<JsonNode>> StreamAsync(params (string, object)[] more)
    {
        using var response = await fixture.Server.AskAsync("A latte.", [.. more, ("stream", true)]);
        var events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(data => JsonNode.Parse(data["data: ".Length..])!)];
    }
}
