using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Inference;
using Rlhf.Storage;

namespace Rlhf.Server.Tests.Chat;

public sealed class ResponseFormatTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Person = """{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer","minimum":0,"maximum":120},"tags":{"type":"array","items":{"enum":["new","vip"]},"maxItems":2}},"required":["name","age","tags"],"additionalProperties":false}""";
    private const string Tree = """{"type":"object","properties":{"value":{"type":"number"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}""";
    private const string Order = """{"type":"object","properties":{"id":{"type":"string","pattern":"^[A-Z]{2}-\\d{3}$"},"at":{"type":["string","null"],"format":"date"},"lines":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"object","properties":{"sku":{"const":"latte"},"price":{"type":"number","exclusiveMinimum":0,"maximum":9.5}},"required":["sku","price"],"additionalProperties":false}}},"required":["id","at","lines"],"additionalProperties":false}""";

    [Theory]
    [InlineData(Person)]
    [InlineData(Tree)]
    [InlineData(Order)]
    public async Task Every_reply_holds_to_its_schema_however_wild_it_is_drawn(string schema)
    {
        var rules = JsonSchema.FromText(schema);
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => fixture.Server.ChatAsync("A latte.",
            ("response_format", Schema(schema)), ("temperature", 1.5), ("seed", seed), ("n", 3), ("max_tokens", 150))));
        foreach (var choice in replies.SelectMany(reply => reply["choices"]!.AsArray()))
        {
            Assert.Equal("stop", (string?)choice!["finish_reason"]);
            Assert.True(rules.Evaluate(JsonSerializer.SerializeToElement(JsonNode.Parse(Content(choice)))).IsValid, Content(choice));
        }
    }

    [Fact]
    public async Task Any_object_is_an_object_and_any_text_is_what_it_would_be_without_a_format()
    {
        var free = await fixture.Server.ChatAsync("A latte.", ("response_format", new { type = "json_object" }), ("temperature", 1.5), ("seed", 4), ("max_tokens", 60));
        Assert.Equal("stop", (string?)free["choices"]![0]!["finish_reason"]);
        using var parsed = JsonDocument.Parse(Content(free["choices"]![0]!));
        Assert.Equal(JsonValueKind.Object, parsed.RootElement.ValueKind);

        var text = await fixture.Server.ChatAsync("A latte.", ("response_format", new { type = "text" }));
        Assert.Equal(Content((await fixture.Server.ChatAsync("A latte."))["choices"]![0]!), Content(text["choices"]![0]!));
    }

    [Fact]
    public async Task A_seed_gives_the_same_reply_again_whole_and_streamed_and_too_few_tokens_cut_it()
    {
        (string, object)[] asked = [("response_format", Schema(Person)), ("temperature", 1), ("seed", 9), ("max_tokens", 120)];
        var whole = Content((await fixture.Server.ChatAsync("A latte.", asked))["choices"]![0]!);
        using var stream = await fixture.Server.AskAsync("A latte.", [.. asked, ("stream", true)]);
        var events = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1].Select(data => JsonNode.Parse(data["data: ".Length..])!).ToList();
        Assert.Equal(whole, string.Concat(events.Select(data => (string?)data["choices"]![0]!["delta"]!["content"])));

        var cut = await fixture.Server.ChatAsync("A latte.", [.. asked[..^1], ("max_tokens", 3)]);
        Assert.Equal("length", (string?)cut["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task A_reply_that_was_held_to_a_format_shows_its_log_probabilities_and_keeps_none_to_learn_from()
    {
        var reply = await fixture.Server.ChatAsync("A latte.", ("response_format", Schema("""{"enum":["yes","no"]}""")), ("temperature", 1), ("seed", 1), ("logprobs", true), ("max_tokens", 20));
        var shown = reply["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.NotEmpty(shown);
        Assert.All(shown, token => Assert.InRange((double)token!["logprob"]!, -100, 1e-5));

        await fixture.Server.ThumbAsync((string)reply["id"]!, up: true, "ann");
        var conversation = (string)reply["conversation_id"]!;
        var turn = Assert.Single(await fixture.Server.Services.GetRequiredService<ITurnStore>().ReadAsync(conversation));
        Assert.True(turn.Constrained);
        Assert.NotEmpty(turn.Tokens);
        Assert.Empty(turn.LogProbs);
        var thumb = Assert.Single(await fixture.Server.Services.GetRequiredService<IFeedbackLedger>().ReadConversationAsync(conversation)).Event;
        Assert.Empty(thumb.LogProbs);
        Assert.NotEmpty(thumb.Tokens);
    }

    [Theory]
    [InlineData("""{"type":"json"}""", "response_format.type")]
    [InlineData("""{}""", "response_format.type")]
    [InlineData("\"json_object\"", "response_format")]
    [InlineData("""{"type":"json_schema"}""", "response_format.json_schema")]
    [InlineData("""{"type":"json_object","json_schema":{"name":"x","schema":{}}}""", "response_format.type")]
    [InlineData("""{"type":"json_schema","json_schema":{"schema":{}}}""", "response_format.json_schema.name")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"a b","schema":{}}}""", "response_format.json_schema.name")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"x"}}""", "response_format.json_schema.schema")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"x","schema":{},"strict":"yes"}}""", "response_format.json_schema.strict")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"x","schema":7}}""", "response_format.json_schema.schema")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"string","pattern":"("}}}""", "response_format.json_schema.schema.pattern")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"x","strict":false,"schema":{"type":"object","properties":{"a":{"not":{}}}}}}""", "response_format.json_schema.schema.properties.a.not")]
    [InlineData("""{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"integer","minimum":2,"maximum":1}}}""", "response_format.json_schema.schema")]
    public async Task A_format_that_cannot_be_held_to_is_refused_with_its_place(string format, string param)
    {
        var (status, body) = await fixture.Server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("response_format", JsonNode.Parse(format)!)));
        Assert.Equal(400, status);
        Assert.Equal((param, "invalid_request_error"), ((string?)body["error"]!["param"], (string?)body["error"]!["type"]));
        Assert.Contains($"'{param}'", (string?)body["error"]!["message"]);
    }

    [Fact]
    public async Task Stop_texts_are_refused_beside_a_format_that_they_would_cut()
    {
        var (status, body) = await fixture.Server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("response_format", Schema(Person)), ("stop", "x")));
        Assert.Equal((400, "stop"), (status, (string?)body["error"]!["param"]));
        Assert.Equal(200, (await fixture.Server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("response_format", new { type = "text" }), ("stop", "x")))).Status);
    }

    private static JsonNode Schema(string schema) => new JsonObject
    {
        ["type"] = "json_schema",
        ["json_schema"] = new JsonObject { ["name"] = "answer", ["strict"] = true, ["schema"] = JsonNode.Parse(schema) },
    };

    private static string Content(JsonNode choice) => (string)choice["message"]!["content"]!;
}
