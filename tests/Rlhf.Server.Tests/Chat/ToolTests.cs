using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Serving;
using Rlhf.Inference;
using Rlhf.Storage;

namespace Rlhf.Server.Tests.Chat;

/// <summary>Tools on a model of random weights: whatever its calls are, they are what may be called.</summary>
public sealed class ToolTests(ToolServer fixture) : IClassFixture<ToolServer>
{
    private static readonly JsonNode Tools = JsonNode.Parse(ToolServer.Tools)!;

    [Fact]
    public async Task Where_a_call_is_required_every_reply_is_calls_whose_arguments_validate()
    {
        var rules = JsonSchema.FromText(ToolServer.Order);
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => AskAsync("required", ("temperature", 1.5), ("seed", seed), ("n", 2))));
        var choices = replies.SelectMany(reply => reply["choices"]!.AsArray()).ToList();
        foreach (var choice in choices)
        {
            Assert.Equal("tool_calls", (string?)choice!["finish_reason"]);
            Assert.Null(choice["message"]!["content"]);
            Assert.All(Calls(choice), call =>
            {
                Assert.StartsWith("call_", call.Id);
                Assert.True(call.Name == "bill" ? call.Arguments == "{}" : rules.Evaluate(JsonSerializer.Deserialize<JsonElement>(call.Arguments)).IsValid, $"{call}");
            });
        }

        var ids = choices.SelectMany(choice => Calls(choice!)).Select(call => call.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Contains(choices, choice => Calls(choice!).Count > 1);
    }

    [Fact]
    public async Task A_named_function_is_called_and_without_parallel_calls_once()
    {
        var named = new { type = "function", function = new { name = "order" } };
        foreach (var seed in Enumerable.Range(0, 6))
        {
            var reply = await AskAsync(named, ("temperature", 1.5), ("seed", seed), ("parallel_tool_calls", false));
            Assert.Equal("order", Assert.Single(Calls(reply["choices"]![0]!)).Name);
            Assert.Equal("tool_calls", (string?)reply["choices"]![0]!["finish_reason"]);
        }
    }

    [Fact]
    public async Task A_stream_brings_the_same_calls_first_their_names_and_then_their_arguments_in_pieces()
    {
        (string, object)[] asked = [("temperature", 1), ("seed", 5)];
        var whole = Calls((await AskAsync("required", asked))["choices"]![0]!);
        using var stream = await fixture.Server.AskAsync("A latte.", [.. Asked("required"), .. asked, ("stream", true)]);
        var deltas = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1]
            .Select(data => JsonNode.Parse(data["data: ".Length..])!["choices"]![0]!).ToList();
        Assert.Equal("assistant", (string?)deltas[0]["delta"]!["role"]);
        Assert.All(deltas, delta => Assert.Null(delta["delta"]!["content"]));
        Assert.Equal("tool_calls", (string?)deltas[^1]["finish_reason"]);

        var pieces = deltas.SelectMany(delta => delta["delta"]!["tool_calls"]?.AsArray() ?? []).ToList();
        var calls = pieces.GroupBy(piece => (int)piece!["index"]!).ToList();
        Assert.Equal(Enumerable.Range(0, whole.Count), calls.Select(call => call.Key));
        foreach (var (call, expected) in calls.Zip(whole))
        {
            var first = call.First()!;
            Assert.Equal(("function", expected.Name, ""), ((string?)first["type"], (string?)first["function"]!["name"], (string?)first["function"]!["arguments"]));
            Assert.StartsWith("call_", (string?)first["id"]);
            Assert.All(call.Skip(1), piece => Assert.True(piece!["id"] is null && piece["type"] is null && piece["function"]!["name"] is null));
            Assert.Equal(expected.Arguments, string.Concat(call.Select(piece => (string?)piece!["function"]!["arguments"])));
            Assert.True(call.Count() > 1, "The name came with the arguments.");
        }
    }

    [Fact]
    public async Task Where_the_model_may_choose_it_says_what_it_likes_and_that_can_be_learned_from()
    {
        var reply = await AskAsync("auto", ("temperature", 1), ("seed", 3), ("max_tokens", 12));
        Assert.Contains((string?)reply["choices"]![0]!["finish_reason"], (string[])["stop", "length"]);
        Assert.NotEqual("", (string?)reply["choices"]![0]!["message"]!["content"] ?? "");
        var turn = await TurnAsync(reply);
        Assert.NotEmpty(turn["log_probs"]!.AsArray());
        Assert.Null(turn["tool_calls"]);
    }

    [Fact]
    public async Task Beside_a_response_format_a_reply_that_calls_nothing_holds_to_it()
    {
        var format = new { type = "json_schema", json_schema = new { name = "sum", schema = new { type = "object", properties = new { total = new { type = "integer" } }, required = new[] { "total" } } } };
        foreach (var seed in Enumerable.Range(0, 6))
        {
            var choice = (await AskAsync("auto", ("temperature", 1.5), ("seed", seed), ("response_format", format)))["choices"]![0]!;
            Assert.True((string?)choice["finish_reason"] == "tool_calls" ? Calls(choice).Count > 0 : JsonNode.Parse((string)choice["message"]!["content"]!)!["total"] is not null);
        }
    }

    [Fact]
    public async Task With_none_the_model_is_not_shown_the_tools()
    {
        var without = await fixture.Server.ChatAsync("A latte.");
        Assert.Equal((int)without["usage"]!["prompt_tokens"]!, (int)(await AskAsync("none"))["usage"]!["prompt_tokens"]!);
        Assert.True((int)(await AskAsync("auto"))["usage"]!["prompt_tokens"]! > 200);
    }

    [Fact]
    public async Task A_call_its_result_and_a_thumb_are_kept_with_what_the_model_was_shown()
    {
        var reply = await AskAsync("required", ("temperature", 1), ("seed", 2));
        var message = reply["choices"]![0]!["message"]!;
        var results = message["tool_calls"]!.AsArray().Select(call => new { role = "tool", tool_call_id = (string)call!["id"]!, content = "done" });
        var conversation = (string)reply["conversation_id"]!;
        var next = await fixture.Server.ChatAsync(
            "",
            ("messages", (object[])[new { role = "user", content = "A latte." }, message, .. results]),
            ("tools", Tools),
            ("metadata", new { conversation_id = conversation }));
        await fixture.Server.ThumbAsync((string)reply["id"]!, up: true, "ann");

        var (_, stored) = await fixture.Server.GetAsync($"v1/conversations/{conversation}");
        var (first, second) = (stored["turns"]![0]!, stored["turns"]![1]!);
        Assert.Equal("order", (string?)first["tools"]![0]!["function"]!["name"]);
        Assert.Equal("tool_calls", (string?)first["finish_reason"]);
        Assert.True(JsonNode.DeepEquals(message["tool_calls"], first["tool_calls"]));
        Assert.StartsWith("<tool_call>\n{\"name\": \"", (string?)first["reply"]);
        Assert.Equal("user", (string?)Assert.Single(first["messages"]!.AsArray())!["role"]);
        Assert.Empty(first["log_probs"]!.AsArray());
        Assert.Equal("up", (string?)first["thumbs"]![0]!["thumbs"]);
        Assert.True(JsonNode.DeepEquals(message["tool_calls"], second["messages"]![1]!["tool_calls"]));
        Assert.Equal((string?)message["tool_calls"]![0]!["id"], (string?)second["messages"]![2]!["tool_call_id"]);

        // What learning reads of the stored turns are the prompts that were answered.
        var model = fixture.Server.Services.GetRequiredService<BaseModel>();
        var turns = await fixture.Server.Services.GetRequiredService<ITurnStore>().ReadAsync(conversation, default);
        Assert.Equal(
            [(int)reply["usage"]!["prompt_tokens"]!, (int)next["usage"]!["prompt_tokens"]!],
            turns.Select(turn => model.Template.RenderToFit(turn.Messages.ToDialogue(), 4096).Length));
        var events = await fixture.Server.Services.GetRequiredService<IFeedbackLedger>().ReadConversationAsync(conversation, default);
        Assert.Equal(turns[0].Messages.AsEnumerable(), Assert.Single(events).Event.Messages.AsEnumerable());
    }

    [Fact]
    public async Task A_request_that_is_sent_again_hears_the_same_calls()
    {
        var conversation = fixture.Server.Services.GetRequiredService<IGrainFactory>().Conversation("sent-again");
        var request = new ChatRequest(
            [new ChatMessage(ChatMessage.Tools, ToolServer.Tools), new ChatMessage("user", "A latte.")],
            new SamplingSettings(1, 1, 0, 1, 200, [], Tools: new ToolSettings(Required: true)), null, null, RequestId: "one");
        var first = await conversation.ChatAsync(request).ToListAsync();
        var again = await conversation.ChatAsync(request with { Again = true }).ToListAsync();
        Assert.Equal(Calls(first), Calls(again));
        Assert.Equal("tool_calls", Assert.Single(again).FinishReason);

        static IEnumerable<(int, string?, string)> Calls(IEnumerable<ChatChunk> chunks) => chunks.SelectMany(chunk => chunk.ToolCalls ?? [])
            .GroupBy(piece => piece.Index).Select(call => (call.Key, call.First().Id, string.Concat(call.Select(piece => piece.Name + piece.Arguments))));
    }

    private static (string Key, object Value)[] Asked(object choice) => [("tools", Tools), ("tool_choice", choice), ("max_tokens", 300)];

    private static List<(string Id, string Name, string Arguments)> Calls(JsonNode choice) =>
        [.. choice["message"]!["tool_calls"]!.AsArray().Select(call => ((string)call!["id"]!, (string)call["function"]!["name"]!, (string)call["function"]!["arguments"]!))];

    private Task<JsonNode> AskAsync(object choice, params (string Key, object Value)[] more) => fixture.Server.ChatAsync("A latte.", [.. Asked(choice), .. more]);

    private async Task<JsonNode> TurnAsync(JsonNode reply) => (await fixture.Server.GetAsync($"v1/conversations/{reply["conversation_id"]}")).Body["turns"]![0]!;
}
