using System.ComponentModel.DataAnnotations;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests.Keys;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests;

/// <summary>What the endpoints have in common: names of requests, unknown routes, methods, pages of other origins.</summary>
public sealed class HttpTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private HttpClient Client => fixture.Server.Client;

    [Theory]
    [InlineData("GET", "v1/models", 200)]
    [InlineData("GET", "v1/models/gpt-4", 404)]
    [InlineData("GET", "v1/versions", 200)]
    [InlineData("GET", "v1/nothing", 404)]
    [InlineData("DELETE", "v1/models", 405)]
    [InlineData("POST", "v1/chat/completions", 400)]
    [InlineData("POST", "v1/learner/train", 409)]
    public async Task Every_response_has_the_requests_id(string method, string path, int status)
    {
        async Task<string> IdAsync(string? given)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation("x-request-id", given);
            using var response = await Client.SendAsync(request);
            Assert.Equal(status, (int)response.StatusCode);
            return response.Headers.GetValues("x-request-id").Single();
        }

        Assert.Equal("my-own_1.2", await IdAsync("my-own_1.2"));
        string[] ours = [await IdAsync(null), await IdAsync(null), await IdAsync("not harmless"), await IdAsync(new string('a', 129))];
        Assert.All(ours, id => Assert.Matches("^req_[0-9a-f]{32}$", id));
        Assert.Equal(ours.Length, ours.Distinct().Count());
    }

    [Fact]
    public async Task A_stream_has_the_requests_id_and_so_has_a_refused_key()
    {
        using var stream = await fixture.Server.AskAsync("A latte.", ("stream", true));
        Assert.Matches("^req_", stream.Headers.GetValues("x-request-id").Single());
        await using var keyed = await KeyedServer.StartAsync();
        using var stranger = keyed.Client("rlhf_wrong");
        using var refused = await stranger.GetAsync("v1/models");
        Assert.Equal(401, (int)refused.StatusCode);
        Assert.Matches("^req_", refused.Headers.GetValues("x-request-id").Single());
    }

    [Theory]
    [InlineData("POST", "v1/embeddings")]
    [InlineData("GET", "v1/nothing")]
    [InlineData("GET", "v1")]
    public async Task What_is_not_there_is_told_in_the_shape_of_OpenAi(string method, string path)
    {
        using var response = await Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((404, "application/json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!.AsObject();
        Assert.Equal(["code", "message", "param", "type"], error.Select(field => field.Key).Order());
        Assert.Equal(("unknown_url", "invalid_request_error"), ((string?)error["code"], (string?)error["type"]));
        Assert.StartsWith($"Unknown request URL: {method} /{path}.", (string?)error["message"]);
    }

    [Theory]
    [InlineData("GET", "v1/chat/completions", "POST")]
    [InlineData("HEAD", "v1/chat/completions", "POST")]
    [InlineData("DELETE", "v1/models", "GET, HEAD")]
    [InlineData("OPTIONS", "v1/models", "GET, HEAD")]
    [InlineData("PUT", "v1/feedback", "DELETE, GET, HEAD, POST")]
    [InlineData("GET", "v1/learner/train", "POST")]
    public async Task A_wrong_method_is_told_with_the_right_ones(string method, string path, string allowed)
    {
        using var response = await Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(405, (int)response.StatusCode);
        Assert.Equal(allowed.Split(", ").Order(), response.Content.Headers.Allow.Order());
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(method == "HEAD" ? text.Length == 0 : text.Contains(method, StringComparison.Ordinal), text);
    }

    [Theory]
    [InlineData("v1/models", 200)]
    [InlineData("v1/models/demo", 200)]
    [InlineData("v1/models/gpt-4", 404)]
    [InlineData("v1/versions", 200)]
    [InlineData("v1/learner", 200)]
    [InlineData("health/live", 200)]
    [InlineData("", 200)]
    public async Task Head_is_answered_as_get_is_without_the_body(string path, int status)
    {
        using var get = await Client.GetAsync(path);
        using var head = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal((status, status), ((int)get.StatusCode, (int)head.StatusCode));
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Only_pages_of_listed_origins_may_call()
    {
        const string listed = "https://app.example.com";
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path, $"--Cors:Origins:0={listed}", "--Cors:Origins:1=http://localhost:3000");
        foreach (var origin in (string[])[listed, "http://localhost:3000"])
        {
            using var preflight = await PreflightAsync(server.Client, origin);
            Assert.Equal(204, (int)preflight.StatusCode);
            Assert.Equal(origin, Header(preflight, "Access-Control-Allow-Origin"));
            Assert.Contains("authorization", Header(preflight, "Access-Control-Allow-Headers"));
            Assert.Contains("POST", Header(preflight, "Access-Control-Allow-Methods"));
            using var chat = await FromAsync(server.Client, origin, RunningServer.Ask("A latte."));
            Assert.Equal((200, origin), ((int)chat.StatusCode, Header(chat, "Access-Control-Allow-Origin")));
            Assert.Contains("x-request-id", Header(chat, "Access-Control-Expose-Headers"));
            using var wrong = await FromAsync(server.Client, origin, new { model = 7 });
            Assert.Equal((400, origin), ((int)wrong.StatusCode, Header(wrong, "Access-Control-Allow-Origin")));
        }

        foreach (var (client, origin) in new[] { (server.Client, "https://evil.example.com"), (server.Client, "null"), (Client, listed) }) // the last has no origins configured
        {
            using var preflight = await PreflightAsync(client, origin);
            Assert.Equal((405, null), ((int)preflight.StatusCode, Header(preflight, "Access-Control-Allow-Origin")));
            using var chat = await FromAsync(client, origin, RunningServer.Ask("A latte."));
            Assert.Equal((403, null), ((int)chat.StatusCode, Header(chat, "Access-Control-Allow-Origin")));
        }
    }

    [Fact]
    public async Task A_preflight_needs_no_key_and_a_page_can_read_that_its_key_is_wrong()
    {
        const string listed = "https://app.example.com";
        await using var keyed = await KeyedServer.StartAsync($"--Cors:Origins={listed}");
        using var stranger = keyed.Client(null);
        using var preflight = await PreflightAsync(stranger, listed);
        Assert.Equal(204, (int)preflight.StatusCode);
        using var refused = await FromAsync(stranger, listed, RunningServer.Ask("A latte."));
        Assert.Equal((401, listed), ((int)refused.StatusCode, Header(refused, "Access-Control-Allow-Origin")));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("app.example.com")]
    [InlineData("https://app.example.com/")]
    [InlineData("ftp://app.example.com")]
    [InlineData("https://app.example.com, https://APP.example.com/path")]
    public void What_is_no_origin_keeps_the_server_from_starting(string origins)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ValidationException>(() => RlhfApp.Create(["--urls", "http://127.0.0.1:0", "--data", folder.Path, "--model", TinyModel.Folder, $"--Cors:Origins={origins}"]));
        Assert.Contains("Cors:Origins", error.Message);
        Assert.Contains(error.Message, StartupError.Explain(error));
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private static async Task<HttpResponseMessage> PreflightAsync(HttpClient client, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "v1/chat/completions");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        return await client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> FromAsync(HttpClient client, string origin, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = JsonContent.Create(body) };
        request.Headers.Add("Origin", origin);
        return await client.SendAsync(request);
    }
}
