using System.Text.Json.Nodes;
using Rlhf.Server.Tests.OpenApi;

namespace Rlhf.Server.Tests.Requests;

public sealed class UnreadPartsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("v1/conversations?usr=ann", "usr", "after, client, limit, user")]
    [InlineData("v1/conversations?user=ann&Limits=3", "Limits", "after, client, limit, user")]
    [InlineData("v1/models?verbose=1", "verbose", "it takes none")]
    public async Task A_query_parameter_that_the_endpoint_does_not_know_is_refused_by_name(string path, string name, string known)
    {
        using var response = await fixture.Server.Client.GetAsync(path);
        Assert.Equal(400, (int)response.StatusCode);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        var message = (string?)(body["error"]?["message"] ?? body["detail"]); // OpenAI's shape on OpenAI's routes, problem details elsewhere
        Assert.Contains($"'{name}'", message, StringComparison.Ordinal);
        Assert.Contains(known, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_ones_are_taken_in_any_case()
    {
        using var response = await fixture.Server.Client.GetAsync("v1/conversations?User=ann&LIMIT=3");
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("{\"algorithm\":\"dpo\"}", 400)]
    [InlineData("algorithm=dpo", 400)]
    [InlineData("[]", 400)]
    [InlineData(" { } ", 409)]
    [InlineData("null", 409)]
    [InlineData("", 409)]
    public async Task A_body_that_the_endpoint_does_not_read_is_refused(string body, int status)
    {
        using var content = new StringContent(body);
        using var response = await fixture.Server.Client.PostAsync("v1/learner/train", content);
        Assert.Equal(status, (int)response.StatusCode); // 409: there is nothing to learn from
    }

    [Theory]
    [InlineData("v1/feedback", """{"completion_id":"x","rater":"ann","thumbs":"up","thumbs":"down"}""")]
    [InlineData("v1/chat/completions", """{"model":"demo","messages":[{"role":"user","content":"Hi"}],"store":false,"store":true}""")]
    public async Task A_field_that_is_given_twice_is_refused(string path, string body)
    {
        using var content = new StringContent(body);
        using var response = await fixture.Server.Client.PostAsync(path, content);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains(body.Contains("thumbs") ? "thumbs" : "store", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"items":[{"completion_id":"x","rater":"ann","thumbs":"up"}],"foo":1}""")]
    public async Task A_batch_has_no_other_fields(string body)
    {
        using var content = new StringContent(body);
        using var response = await fixture.Server.Client.PostAsync("v1/feedback", content);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("foo", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
