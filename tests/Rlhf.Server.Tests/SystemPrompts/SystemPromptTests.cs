using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Rlhf.Server.Tests.Keys;
using Rlhf.Server.Tests.OpenApi;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.SystemPrompts;

public sealed class SystemPromptTests
{
    [Fact]
    public async Task An_operator_puts_rolls_back_and_takes_away_the_prompt_that_replies_are_drawn_under()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path);
        var (none, told) = await server.GetAsync("v1/system-prompt");
        Assert.Equal(404, none);
        Assert.Contains("PUT", (string?)told["detail"]);
        Assert.Null((await server.ChatAsync("A latte."))["system_prompt_version"]);

        var first = await PutAsync(server.Client, "Be brief.");
        Assert.Equal((1, "Be brief.", true), ((int)first["version"]!, (string?)first["text"], (bool)first["active"]!));
        Assert.Equal(2, (int)(await PutAsync(server.Client, "Be kind."))["version"]!);
        var reply = await server.ChatAsync("A latte.");
        Assert.Equal(2, (int)reply["system_prompt_version"]!);
        Assert.Equal("""[{"role":"system","content":"Be kind."},{"role":"user","content":"A latte."}]""", await MessagesAsync(server, reply));
        using var stream = await server.AskAsync("A latte.", ("stream", true));
        Assert.Contains("\"system_prompt_version\":2", await stream.Content.ReadAsStringAsync());
        var own = await server.ChatAsync("", ("messages", JsonNode.Parse("""[{"role":"developer","content":"Be long."},{"role":"user","content":"A latte."}]""")!));
        Assert.Null(own["system_prompt_version"]);
        Assert.StartsWith("""[{"role":"system","content":"Be long."}""", await MessagesAsync(server, own));

        var (status, back) = await server.PostAsync("v1/system-prompt/versions/1/activate", new { });
        Assert.Equal((200, 1), (status, (int)back["version"]!));
        Assert.Equal(1, (int)(await server.ChatAsync("A latte."))["system_prompt_version"]!);
        var (_, list) = await server.GetAsync("v1/system-prompt/versions");
        Assert.Equal((1, 2), ((int)list["active"]!, list["versions"]!.AsArray().Count));
        var description = await Description.OfAsync(server.Client);
        Assert.Empty(description.Complaints(description.Answer("get", "/v1/system-prompt/versions", 200, "application/json"), list));
        Assert.Empty(description.Complaints(description.Answer("put", "/v1/system-prompt", 200, "application/json"), first));

        using var gone = await server.Client.DeleteAsync("v1/system-prompt");
        Assert.Null(JsonNode.Parse(await gone.Content.ReadAsStringAsync())!["active"]);
        Assert.Null((await server.ChatAsync("A latte."))["system_prompt_version"]);
        foreach (var wrong in (string[])["3", "x", "0"])
        {
            Assert.Equal(404, (await server.PostAsync($"v1/system-prompt/versions/{wrong}/activate", new { })).Status);
        }
    }

    [Fact]
    public async Task It_is_there_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        await using (var server = await RunningServer.StartAsync(folder.Path))
        {
            await PutAsync(server.Client, "Be brief.");
        }

        await using var again = await RunningServer.StartAsync(folder.Path);
        Assert.Equal(1, (int)(await again.ChatAsync("A latte."))["system_prompt_version"]!);
    }

    [Theory]
    [InlineData("{}", "'text' is missing")]
    [InlineData("""{"text":""}""", "'text' is missing or empty")]
    [InlineData("""{"text":7}""", "'text' must be a text")]
    [InlineData("""{"text":"Be brief.","role":"system"}""", "role")]
    public async Task What_is_no_prompt_is_refused(string body, string says)
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path);
        using var response = await server.Client.PutAsync("v1/system-prompt", new StringContent(body));
        Assert.Equal((400, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Contains(says, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Operators_alone_may_change_it_and_those_who_watch_may_see_it()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var app = await keyed.ClientAsync("app", "--roles", "chat,rate");
        using var watcher = await keyed.ClientAsync("watcher", "--roles", "watch");
        using var ops = await keyed.ClientAsync("ops", "--roles", "operate");
        await PutAsync(ops, "Be brief.");
        foreach (var (client, method, path, status) in ((HttpClient, string, string, int)[])
            [(app, "GET", "", 403), (app, "PUT", "", 403), (watcher, "GET", "", 200), (watcher, "GET", "/versions", 200), (watcher, "PUT", "", 403), (watcher, "DELETE", "", 403), (watcher, "POST", "/versions/1/activate", 403), (ops, "POST", "/versions/1/activate", 200)])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"v1/system-prompt{path}") { Content = method == "PUT" ? JsonContent.Create(new { text = "Be rude." }) : null };
            using var response = await client.SendAsync(request);
            Assert.True(status == (int)response.StatusCode, $"{method} {path}: {(int)response.StatusCode}");
        }
    }

    private static async Task<JsonNode> PutAsync(HttpClient client, string text)
    {
        using var response = await client.PutAsJsonAsync("v1/system-prompt", new { text });
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!;
    }

    private static async Task<string> MessagesAsync(RunningServer server, JsonNode reply) =>
        (await server.GetAsync($"v1/conversations/{reply["conversation_id"]}")).Body["turns"]![0]!["messages"]!.ToJsonString();
}
