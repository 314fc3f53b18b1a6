using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Errors;

/// <summary>Bodies that no well-behaved client sends.</summary>
public sealed class MalformedBodyTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Chat = "v1/chat/completions";
    private const string Good = """ "model":"demo","max_tokens":2,"messages":[{"role":"user","content":"hi"}] """;

    public static TheoryData<string, string, byte[]> Malformed()
    {
        var data = new TheoryData<string, string, byte[]>();
        foreach (var route in (string[])[Chat, "v1/feedback", "v1/feedback/import"])
        {
            data.Add(route, "nothing", []);
            data.Add(route, "null", "null"u8.ToArray());
            data.Add(route, "two values", "{}{}"u8.ToArray());
            data.Add(route, "no UTF-8", [.. "{\"a\":\""u8, 0xFF, 0xFE]);
            data.Add(route, "UTF-16", Encoding.Unicode.GetBytes("{}"));
            data.Add(route, "deep lists", Encoding.UTF8.GetBytes(new string('[', 100_000)));
            data.Add(route, "deep objects", Encoding.UTF8.GetBytes($"{string.Concat(Enumerable.Repeat("{\"a\":", 1000))}1{new string('}', 1000)}"));
            data.Add(route, "a comment", "{/* */}"u8.ToArray());
            data.Add(route, "a trailing comma", "{\"model\":\"demo\",}"u8.ToArray());
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task What_is_no_JSON_object_is_refused_in_the_shape_of_OpenAi(string route, string what, byte[] body)
    {
        var error = await RefusedAsync(route, body);
        Assert.True((string?)error["type"] == "invalid_request_error", what);
        Assert.Null(error["param"]);
    }

    [Theory]
    [InlineData(Chat, """{"model":"\udc00","messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData(Chat, """{"model":"demo","messages":[{"role":"user","content":[{"type":"text","text":"\ud800"}]}]}""", "messages[0].content[0].text")]
    [InlineData(Chat, """{"model":"demo","messages":[null]}""", "messages[0]")]
    [InlineData(Chat, """{"model":"demo","messages":[{"role":"\ud800","content":"hi"}]}""", "messages[0].role")]
    [InlineData(Chat, "{" + Good + ""","seed":9223372036854775808}""", "seed")]
    [InlineData(Chat, "{" + Good + ""","seed":1e999}""", "seed")]
    [InlineData(Chat, """{"model":"demo","messages":[{"role":"user","content":"hi"}],"max_tokens":4294967297}""", "max_tokens")]
    [InlineData(Chat, "{" + Good + ""","stop":["a",7]}""", "stop[1]")]
    [InlineData(Chat, "{" + Good + ""","stop":{}}""", "stop")]
    [InlineData(Chat, "{" + Good + ""","stream_options":[]}""", "stream_options")]
    [InlineData(Chat, "{" + Good + ""","stream_options":{"include_usage":"yes"}}""", "stream_options.include_usage")]
    [InlineData(Chat, "{" + Good + ""","metadata":7}""", "metadata")]
    [InlineData(Chat, "{" + Good + ""","metadata":{"conversation_id":"line\n"}}""", "metadata.conversation_id")]
    [InlineData(Chat, "{" + Good + ""","metadata":{"conversation_id":""}}""", "metadata.conversation_id")]
    [InlineData("v1/feedback", """{"completion_id":"chatcmpl-a-1","thumbs":true,"rater":"me"}""", "thumbs")]
    [InlineData("v1/feedback", """{"completion_id":"chatcmpl-a-1","thumbs":"up","rater":"\ud800"}""", "rater")]
    [InlineData("v1/feedback", """{"completion_id":"chatcmpl-a-1","thumbs":"up","rater":"me","tags":"kind"}""", "tags")]
    [InlineData("v1/feedback", """{"completion_id":"chatcmpl-a-1","thumbs":"up","rater":"me","tags":["kind",7]}""", "tags[1]")]
    [InlineData("v1/feedback/import", """{"items":{}}""", "items")]
    [InlineData("v1/feedback/import", """{"items":[]}""", "items")]
    public async Task A_wrong_field_is_named_with_what_would_be_right(string route, string body, string param)
    {
        var error = await RefusedAsync(route, Encoding.UTF8.GetBytes(body));
        Assert.Equal(param, (string?)error["param"]);
        Assert.Matches($"^'{System.Text.RegularExpressions.Regex.Escape(param)}' (must be|is (missing|not valid Unicode))", (string?)error["message"]);
    }

    [Fact]
    public async Task A_list_that_is_text_and_no_UTF_8_is_refused()
    {
        byte[] body = [.. "{\"items\":\""u8, 0xC0, 0xC1, .. "\"}"u8];
        Assert.Equal("items", (string?)(await RefusedAsync("v1/feedback/import", body))["param"]);
    }

    [Theory]
    [InlineData("\"metadata\":{\"extra\":\"\\ud800\"}")]
    [InlineData("\"metadata\":{\"extra\":{\"n\":1e999,\"n\":[[[[]]]]}}")]
    [InlineData("\"temperature\":null,\"stop\":null,\"metadata\":null,\"seed\":null,\"stream\":null")]
    public async Task Labels_and_nulls_change_nothing(string field)
    {
        using var response = await SendAsync(Chat, Encoding.UTF8.GetBytes($"{{{Good},{field}}}"), "application/json");
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_field_whose_name_is_no_text_is_refused()
    {
        var error = await RefusedAsync(Chat, Encoding.UTF8.GetBytes($"{{{Good},\"\\ud800\":1}}"));
        Assert.Equal(error["message"]!.ToJsonString(), (await RefusedAsync("v1/feedback", Encoding.UTF8.GetBytes("{\"\\ud800\":1}")))["message"]!.ToJsonString());
        Assert.Contains("name is not valid Unicode", (string?)error["message"]);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")] // what curl -d says
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task The_content_type_does_not_matter(string? type)
    {
        using var response = await SendAsync(Chat, Encoding.UTF8.GetBytes($"{{{Good}}}"), type);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_bad_item_of_an_import_is_told_with_its_place_and_the_rest_goes_in()
    {
        using var response = await SendAsync("v1/feedback/import", Encoding.UTF8.GetBytes(
            """
            {"items":[
              {"id":"good","messages":[],"completion":"Hello.","thumbs":"up"},
              {"id":"bad","messages":[{"role":"user","content":"\ud800"}],"completion":"Hello.","thumbs":"up"},
              {"id":"worse","messages":[],"completion":"Hello.","thumbs":1},
              "worst"]}
            """), "application/json");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(1, (int)body["imported"]!);
        Assert.Equal(
            ["'items[1].messages[0].content' is not valid Unicode text.", "'items[2].thumbs' must be one of up, down, not 1.", "'items[3]' must be an object, not \"worst\"."],
            body["rejected"]!.AsArray().Select(item => (string)item!["error"]!));
    }

    [Fact]
    public async Task An_idempotency_key_that_is_too_long_is_refused_and_not_ignored()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = new StringContent("""{"completion_id":"chatcmpl-a-1","thumbs":"up","rater":"me"}""") };
        request.Headers.Add("Idempotency-Key", new string('k', 129));
        using var response = await fixture.Server.Client.SendAsync(request);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("Idempotency-Key", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_schema_that_is_no_text_is_refused()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("{" + Good + ""","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"enum":["x"""), 0xFF, .. "\"]}}}}"u8];
        var error = await RefusedAsync(Chat, body);
        Assert.Equal("response_format.json_schema.schema", (string?)error["param"]);
    }

    private async Task<JsonObject> RefusedAsync(string route, byte[] body)
    {
        using var response = await SendAsync(route, body, "application/json");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 400, $"{response.StatusCode}: {text}");
        var error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.Equal(["code", "message", "param", "type"], error.Select(field => field.Key).Order());
        return error;
    }

    private async Task<HttpResponseMessage> SendAsync(string route, byte[] body, string? type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        return await fixture.Server.Client.PostAsync(route, content);
    }
}
