using System.Text.Json.Nodes;
using Rlhf.Server.Tests.OpenApi;

namespace Rlhf.Server.Tests.Requests;

public sealed class QueryTests(ServerFixture fixture) : IClassFixture<ServerFixture>
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
}
