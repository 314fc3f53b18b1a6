using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Chat;

/// <summary>No field of a chat is ignored: it is supported, changes nothing, or is refused as OpenAI refuses it.</summary>
public sealed class RequestFieldsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Good = """ "model":"demo","max_tokens":2,"messages":[{"role":"user","content":"hi"}] """;

    [Theory]
    [InlineData("audio", """{"voice":"alloy","format":"wav"}""")]
    [InlineData("function_call", "\"auto\"")]
    [InlineData("functions", """[{"name":"order"}]""")]
    [InlineData("modalities", """["text","audio"]""")]
    [InlineData("prediction", """{"type":"content","content":"hi"}""")]
    [InlineData("prompt_cache_key", "\"app\"")]
    [InlineData("prompt_cache_retention", "\"24h\"")]
    [InlineData("reasoning_effort", "\"high\"")]
    [InlineData("safety_identifier", "\"ann\"")]
    [InlineData("service_tier", "\"flex\"")]
    [InlineData("verbosity", "\"low\"")]
    [InlineData("web_search_options", "{}")]
    public async Task A_field_that_is_not_supported_is_refused_by_its_name(string field, string value)
    {
        await RefusedAsync($"{{{Good},\"{field}\":{value}}}", field);
        Assert.Equal(200, (await SendAsync($"{{{Good},\"{field}\":null}}")).Status);
    }

    [Theory]
    [InlineData("\"name\":\"ann\"", "messages[0].name")]
    [InlineData("\"refusal\":\"no\"", "messages[0].refusal")]
    [InlineData("\"annotations\":[{}]", "messages[0].annotations")]
    [InlineData("\"audio\":{\"id\":\"a\"}", "messages[0].audio")]
    [InlineData("\"function_call\":{\"name\":\"order\"}", "messages[0].function_call")]
    public async Task So_is_one_of_a_message(string field, string param) =>
        await RefusedAsync($$"""{"model":"demo","messages":[{"role":"assistant","content":"hi",{{field}}}]}""", param);

    [Theory]
    [InlineData("file")]
    [InlineData("image_url")]
    [InlineData("input_audio")]
    [InlineData("refusal")]
    public async Task So_is_one_of_a_part_of_a_message(string field) =>
        await RefusedAsync("""{"model":"demo","messages":[{"role":"user","content":[{"type":"text","text":"hi","FIELD":{}}]}]}""".Replace("FIELD", field), $"messages[0].content[0].{field}");

    [Fact]
    public async Task So_is_one_of_what_a_stream_holds()
    {
        const string stream = "{" + Good + ""","stream":true,"stream_options":{"include_obfuscation":""";
        await RefusedAsync(stream + "true}}", "stream_options.include_obfuscation");
        using var taken = await fixture.Server.Client.PostAsync("v1/chat/completions", new StringContent(stream + "false}}"));
        Assert.Equal(200, (int)taken.StatusCode);
    }

    [Fact]
    public async Task Values_that_change_nothing_are_taken()
    {
        var (status, body) = await SendAsync("{" + Good + """
            ,"n":1,"best_of":1,"top_k":0,"top_p":1,"logprobs":false,"top_logprobs":0,"logit_bias":{},"frequency_penalty":0,"presence_penalty":0,"store":true,"stream":false,
            "audio":null,"function_call":"none","functions":null,"modalities":["text"],"parallel_tool_calls":true,"prediction":null,"prompt_cache_retention":"in_memory",
            "reasoning_effort":"none","service_tier":"auto","tool_choice":"none","tools":null,"verbosity":"medium","web_search_options":null,"stream_options":null,
            "metadata":{"app":"till","shift":"morning"}}
            """);
        Assert.True(status == 200, body.ToJsonString());
        Assert.Equal(200, (await SendAsync("{" + Good + ""","parallel_tool_calls":false,"service_tier":"default"}""")).Status);

        (status, body) = await SendAsync(
            """
            {"model":"demo","max_tokens":2,"messages":[{"role":"user","content":"hi","name":null},
             {"role":"assistant","content":"Hello.","refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":null},{"role":"user","content":"A latte."}]}
            """);
        Assert.True(status == 200, body.ToJsonString());
    }

    [Theory]
    [InlineData("\"foo\":1", "Unrecognized request argument supplied: foo")]
    [InlineData("\"foo\":null", "Unrecognized request argument supplied: foo")]
    [InlineData("\"foo\":1,\"Temperature\":1", "Unrecognized request arguments supplied: foo, Temperature")]
    [InlineData("\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1", "Unrecognized request arguments supplied: a, b, c, d, e, …")]
    public async Task A_field_that_nobody_knows_is_answered_as_OpenAi_answers_it(string fields, string message)
    {
        var (status, body) = await SendAsync($"{{{Good},{fields}}}");
        Assert.Equal(400, status);
        Assert.Equal($$$"""{"error":{"message":"{{{message}}}","type":"invalid_request_error","param":null,"code":null}}""", body.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi","mood":"glad"}]}""", "messages[0].mood")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{}}]}]}""", "messages[0].content[0].cache_control")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"exclude_usage":true}}""", "stream_options.exclude_usage")]
    public async Task A_field_that_nobody_knows_within_another_is_named_with_its_place(string request, string param)
    {
        var (status, body) = await SendAsync(request);
        Assert.Equal((400, param, "unknown_parameter"), (status, (string?)body["error"]!["param"], (string?)body["error"]!["code"]));
        Assert.Equal($"Unknown parameter: '{param}'.", (string?)body["error"]!["message"]);
    }

    [Fact]
    public async Task A_wrong_value_is_told_before_a_field_that_should_not_be_there()
    {
        var (_, body) = await SendAsync("{" + Good + ""","temperature":9,"foo":1}""");
        Assert.Equal("temperature", (string?)body["error"]!["param"]);
    }

    [Fact]
    public async Task Recorded_thumbs_may_have_fields_of_their_own()
    {
        var (status, body) = await fixture.Server.PostAsync("v1/feedback/import", new
        {
            items = new[] { new { id = "own", messages = new[] { new { role = "user", content = "hi", name = "ann" } }, completion = "Hello.", thumbs = "up", extra = 1 } },
        });
        Assert.Equal((200, 1), (status, (int)body["imported"]!));
    }

    private async Task RefusedAsync(string request, string param)
    {
        var (status, body) = await SendAsync(request);
        Assert.True(status == 400, body.ToJsonString());
        Assert.Equal((param, "invalid_request_error", "unsupported_parameter"), ((string?)body["error"]!["param"], (string?)body["error"]!["type"], (string?)body["error"]!["code"]));
        Assert.StartsWith($"Unsupported parameter: '{param}' is not supported", (string?)body["error"]!["message"]);
    }

    private async Task<(int Status, JsonNode Body)> SendAsync(string body)
    {
        using var response = await fixture.Server.Client.PostAsync("v1/chat/completions", new StringContent(body));
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
