using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Errors;

public sealed class BadInputTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Good = """ "model":"demo","messages":[{"role":"user","content":"hi"}] """;

    [Theory]
    [InlineData("{", null)]
    [InlineData("", null)]
    [InlineData("[1]", null)]
    [InlineData("\"text\"", null)]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":7,"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"demo"}""", "messages")]
    [InlineData("""{"model":"demo","messages":[]}""", "messages")]
    [InlineData("""{"model":"demo","messages":"hi"}""", "messages")]
    [InlineData("""{"model":"demo","messages":["hi"]}""", "messages[0]")]
    [InlineData("""{"model":"demo","messages":[{"role":"wizard","content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"demo","messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":7}]}""", "messages[0].content")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":"\ud800"}]}""", "messages[0].content")]
    [InlineData("""{"model":"demo","messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", "messages[0].content[0].type")]
    [InlineData("{" + Good + ""","temperature":3}""", "temperature")]
    [InlineData("{" + Good + ""","temperature":"hot"}""", "temperature")]
    [InlineData("{" + Good + ""","temperature":1e999}""", "temperature")]
    [InlineData("{" + Good + ""","top_p":-0.1}""", "top_p")]
    [InlineData("{" + Good + ""","top_k":-1}""", "top_k")]
    [InlineData("{" + Good + ""","n":0}""", "n")]
    [InlineData("{" + Good + ""","n":1000}""", "n")]
    [InlineData("{" + Good + ""","n":1.5}""", "n")]
    [InlineData("{" + Good + ""","best_of":0}""", "best_of")]
    [InlineData("{" + Good + ""","best_of":9}""", "best_of")]
    [InlineData("{" + Good + ""","best_of":"all"}""", "best_of")]
    [InlineData("{" + Good + ""","n":3,"best_of":3}""", "best_of")]
    [InlineData("{" + Good + ""","best_of":2}""", "best_of")]
    [InlineData("{" + Good + ""","best_of":2,"temperature":0}""", "best_of")]
    [InlineData("{" + Good + ""","max_tokens":0}""", "max_tokens")]
    [InlineData("{" + Good + ""","stream":"yes"}""", "stream")]
    [InlineData("{" + Good + ""","stop":[""]}""", "stop")]
    [InlineData("{" + Good + ""","stop":["1","2","3","4","5"]}""", "stop")]
    [InlineData("{" + Good + ""","top_logprobs":5}""", "top_logprobs")]
    [InlineData("{" + Good + ""","top_logprobs":5,"logprobs":false}""", "top_logprobs")]
    [InlineData("{" + Good + ""","top_logprobs":21,"logprobs":true}""", "top_logprobs")]
    [InlineData("{" + Good + ""","frequency_penalty":2.1}""", "frequency_penalty")]
    [InlineData("{" + Good + ""","presence_penalty":-2.1}""", "presence_penalty")]
    [InlineData("{" + Good + ""","presence_penalty":"none"}""", "presence_penalty")]
    [InlineData("{" + Good + ""","logit_bias":[1]}""", "logit_bias")]
    [InlineData("{" + Good + ""","logit_bias":{"5":101}}""", "logit_bias.5")]
    [InlineData("{" + Good + ""","logit_bias":{"5":"high"}}""", "logit_bias.5")]
    [InlineData("{" + Good + ""","logit_bias":{"latte":1}}""", "logit_bias")]
    [InlineData("{" + Good + ""","logit_bias":{"-5":1}}""", "logit_bias")]
    [InlineData("{" + Good + ""","logit_bias":{"05":1}}""", "logit_bias")]
    [InlineData("{" + Good + ""","logit_bias":{"399":1}}""", "logit_bias")]
    [InlineData("{" + Good + ""","logit_bias":{"99999999999":1}}""", "logit_bias")]
    [InlineData("{" + Good + ""","store":"no"}""", "store")]
    [InlineData("{" + Good + ""","stream_options":{"include_usage":true}}""", "stream_options")]
    [InlineData("{" + Good + ""","metadata":{"conversation_id":"a b"}}""", "metadata.conversation_id")]
    public async Task A_wrong_chat_request_is_refused_and_the_field_is_named(string body, string? param)
    {
        var error = await RefusedAsync("v1/chat/completions", body, HttpStatusCode.BadRequest);
        Assert.Equal(param, (string?)error["param"]);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
    }

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("demo:v99")]
    [InlineData("demo:")]
    public async Task An_unknown_model_is_not_found(string model)
    {
        var error = await RefusedAsync("v1/chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hi"}]}""", HttpStatusCode.NotFound);
        Assert.Equal("model_not_found", (string?)error["code"]);
        Assert.Contains(model, (string?)error["message"]);
    }

    [Fact]
    public async Task A_newest_message_that_cannot_fit_is_refused_with_its_size()
    {
        var error = await RefusedAsync("v1/chat/completions", $$"""{"model":"demo","messages":[{"role":"user","content":"{{new string('x', 5000)}}"}]}""", HttpStatusCode.BadRequest);
        Assert.Contains("tokens", (string?)error["message"]);
        Assert.Equal("messages", (string?)error["param"]);
    }

    [Fact]
    public async Task Old_messages_give_way_to_a_newest_one_that_fits()
    {
        var (status, body) = await fixture.Server.PostAsync("v1/chat/completions", new
        {
            model = "demo",
            max_tokens = 4,
            messages = new[] { new { role = "user", content = new string('x', 5000) }, new { role = "user", content = "A latte." } },
        });
        Assert.Equal(200, status);
        Assert.InRange((int)body["usage"]!["prompt_tokens"]!, 1, 252);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_too_large()
    {
        var error = await RefusedAsync("v1/chat/completions", new string(' ', 1024 * 1024 + 1), HttpStatusCode.RequestEntityTooLarge);
        Assert.Contains("1,048,576", (string?)error["message"]);
    }

    [Theory]
    [InlineData("""{"thumbs":"up","rater":"me"}""", "completion_id", HttpStatusCode.BadRequest)]
    [InlineData("""{"completion_id":"chatcmpl-nobody-1","thumbs":"up"}""", "rater", HttpStatusCode.BadRequest)]
    [InlineData("""{"completion_id":"chatcmpl-nobody-1","rater":"me"}""", "thumbs", HttpStatusCode.BadRequest)]
    [InlineData("""{"completion_id":"chatcmpl-nobody-1","thumbs":"sideways","rater":"me"}""", "thumbs", HttpStatusCode.BadRequest)]
    [InlineData("""{"completion_id":"chatcmpl-nobody-1","thumbs":"up","rater":"me"}""", "completion_id", HttpStatusCode.NotFound)]
    [InlineData("""{"completion_id":"nonsense","thumbs":"up","rater":"me"}""", "completion_id", HttpStatusCode.NotFound)]
    [InlineData("""{"completion_id":"chatcmpl- -1","thumbs":"up","rater":"me"}""", "completion_id", HttpStatusCode.NotFound)]
    [InlineData("""{"completion_id":"chatcmpl-\u2028-1","thumbs":"up","rater":"me"}""", "completion_id", HttpStatusCode.NotFound)]
    public async Task A_wrong_thumb_is_refused_and_the_field_is_named(string body, string param, HttpStatusCode status)
    {
        var error = await RefusedAsync("v1/feedback", body, status);
        Assert.Equal(param, (string?)error["param"]);
    }

    [Fact]
    public async Task A_thumb_that_no_reply_can_have_is_not_found_when_it_is_taken_back()
    {
        using var response = await fixture.Server.Client.DeleteAsync("v1/feedback?completion_id=chatcmpl-%20-1&rater=me");
        Assert.Equal(404, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("nothing", 404)]
    [InlineData("v1/learner/train", 405)]
    [InlineData("v1/conversations/nobody", 404)]
    [InlineData("v1/conversations/%20", 404)]
    [InlineData("v1/conversations/%C2%A0", 404)]
    [InlineData("v1/learner?wait_for=job-1&timeout=-1", 400)]
    [InlineData("v1/learner?wait_for=job-1&timeout=soon", 400)]
    public async Task Elsewhere_errors_are_problem_details(string path, int status)
    {
        using var response = await fixture.Server.Client.GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(status, (int)problem["status"]!);
        Assert.NotEqual("", (string?)problem["detail"] ?? "");
    }

    private async Task<JsonNode> RefusedAsync(string path, string body, HttpStatusCode status)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        // The client asks before it sends: a server that refuses by the length alone closes while a body is still on its way.
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Headers = { ExpectContinue = true } };
        using var response = await fixture.Server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{response.StatusCode}: {text}");
        var error = JsonNode.Parse(text)!["error"]!.AsObject();
        Assert.Equal(["code", "message", "param", "type"], error.Select(field => field.Key).Order());
        return error;
    }
}
