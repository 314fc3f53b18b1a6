using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Chat;

/// <summary>A request whose tools, calls or results are wrong hears what is wrong, and where.</summary>
public sealed class ToolRequestTests(ToolServer fixture) : IClassFixture<ToolServer>
{
    private const string Call = """{"id":"call_1","type":"function","function":{"name":"order","arguments":"{}"}}""";

    [Theory]
    [InlineData("""[]""", "tools")]
    [InlineData("""[{"type":"web_search","function":{"name":"a"}}]""", "tools[0].type")]
    [InlineData("""[{"type":"function"}]""", "tools[0].function")]
    [InlineData("""[{"type":"function","function":{"name":"a b"}}]""", "tools[0].function.name")]
    [InlineData("""[{"type":"function","function":{"name":"a","mood":1}}]""", "tools[0].function.mood")]
    [InlineData("""[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"a"}}]""", "tools[1].function.name")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":[]}}]""", "tools[0].function.parameters")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":{"type":"string"}}}]""", "tools[0].function.parameters")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":{"type":"object","description":"\ud800"}}}]""", "tools[0].function.parameters")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":{"type":"object","properties":{"b":{"type":"string","contentEncoding":"base64"}}}}}]""", "tools[0].function.parameters.properties.b.contentEncoding")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":{"type":"object","properties":{"<|end|>":{}}}}}]""", "messages")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":{"\udc00x":{},"type":"object"}}}]""", "tools[0].function.parameters")]
    public async Task Tools(string tools, string param) => await RefusedAsync($$"""{"tools":{{tools}}}""", param);

    [Theory]
    [InlineData("\"any\"")]
    [InlineData("7")]
    [InlineData("""{"type":"function"}""")]
    [InlineData("""{"type":1,"function":{"name":"order"}}""")]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{}}""")]
    [InlineData("""{"type":"function","function":{"name":"pay"}}""")]
    public async Task A_choice(string choice) => await RefusedAsync($$"""{"tools":{{ToolServer.Tools}},"tool_choice":{{choice}}}""", "tool_choice");

    [Fact]
    public async Task What_is_only_for_tools_or_not_for_them()
    {
        await RefusedAsync("""{"tool_choice":"required"}""", "tool_choice");
        await RefusedAsync($$"""{"tools":{{ToolServer.Tools}},"stop":"x"}""", "stop");
        await RefusedAsync($$"""{"tools":{{ToolServer.Tools}},"parallel_tool_calls":"yes"}""", "parallel_tool_calls");
        await RefusedAsync("""{"functions":[{"name":"a"}]}""", "functions");
    }

    [Theory]
    [InlineData("""{"role":"tool","content":"x"}""", "messages[1].tool_call_id", "Missing parameter 'tool_call_id'")]
    [InlineData("""{"role":"tool","tool_call_id":"call_1","content":"x"}""", "messages[1].role", "must be a response to a preceding message")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[CALL]}""", "messages[1].role", "did not have response messages: call_1")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[CALL]},{"role":"user","content":"x"}""", "messages[1].role", "did not have response messages: call_1")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[CALL]},{"role":"tool","tool_call_id":"call_2","content":"x"}""", "messages[2].tool_call_id", "they are call_1")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[CALL]},{"role":"tool","tool_call_id":"call_1","content":"x"},{"role":"tool","tool_call_id":"call_1","content":"x"}""", "messages[3].tool_call_id", "answers already")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[CALL,CALL]}""", "messages[1].tool_calls", "twice")]
    [InlineData("""{"role":"user","content":null,"tool_calls":[CALL]}""", "messages[1].tool_calls", "only for messages with the role assistant")]
    [InlineData("""{"role":"user","content":"x","tool_call_id":"call_1"}""", "messages[1].tool_call_id", "only for messages with the role tool")]
    [InlineData("""{"role":"assistant","content":null}""", "messages[1].content", "is missing")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"order","arguments":"{"}}]}""", "messages[1].tool_calls[0].function.arguments", "JSON object")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"order","arguments":"{\"a\":\"\\ud800\"}"}}]}""", "messages[1].tool_calls[0].function.arguments", "JSON object")]
    [InlineData("""{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"order","arguments":"{}"}}]}""", "messages[1].tool_calls[0].id", "is missing")]
    public async Task Messages(string messages, string param, string message) =>
        Assert.Contains(message, await RefusedAsync("{}", param, $$""",{{messages.Replace("CALL", Call)}}"""));

    [Fact]
    public async Task A_model_without_a_place_for_tools_says_so()
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path);
        foreach (var (key, value) in ((string, JsonNode)[])[("tools", JsonNode.Parse(ToolServer.Tools)!), ("messages", JsonNode.Parse($$"""[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{{Call}}]},{"role":"tool","tool_call_id":"call_1","content":"x"}]""")!)])
        {
            using var answer = await server.AskAsync("A latte.", (key, value));
            var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
            Assert.Equal((400, "tools"), ((int)answer.StatusCode, (string?)error["param"]));
            Assert.Contains("no place for tools", (string?)error["message"]);
        }
    }

    [Fact]
    public async Task Recorded_calls_are_not_imported_and_say_so()
    {
        var (status, report) = await fixture.Server.PostAsync("v1/feedback/import", JsonNode.Parse($$"""{"items":[{"id":"i","messages":[{"role":"assistant","content":"x","tool_calls":[{{Call}}]}],"completion":"y","thumbs":"up"}]}""")!);
        Assert.Equal((200, 0), (status, (int)report["imported"]!));
        Assert.Contains("'items[0].messages[0].tool_calls' can't be imported", (string?)report["rejected"]![0]!["error"]);
    }

    private async Task<string> RefusedAsync(string more, string param, string messages = "")
    {
        var body = JsonNode.Parse($$"""{"model":"demo","max_tokens":4,"messages":[{"role":"user","content":"hi"}{{messages}}]}""")!.AsObject();
        using var _ = System.Text.Json.JsonDocument.Parse(more);
        var fields = more[1..^1];
        var text = body.ToJsonString()[..^1] + (fields.Length > 0 ? "," + fields : "") + "}";
        using var answer = await fixture.Server.Client.PostAsync("v1/chat/completions", new StringContent(text));
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.True((int)answer.StatusCode == 400, error.ToJsonString());
        Assert.Equal(param, (string?)error["error"]!["param"]);
        return (string)error["error"]!["message"]!;
    }
}
