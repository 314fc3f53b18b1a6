using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Server.Tests.Keys;
using Rlhf.Server.Tests.OpenApi;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Users;

/// <summary>A person's data: listed, sent as a file, gone.</summary>
public sealed class UserTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task A_users_conversations_are_listed_newest_first_page_by_page()
    {
        for (var i = 1; i <= 3; i++)
        {
            await Server.ChatAsync("A latte.", ("user", "lister"), ("metadata", new { conversation_id = $"list-{i}" }));
        }

        var (status, page) = await Server.GetAsync("v1/conversations?user=lister&limit=2");
        Assert.Equal(200, status);
        Assert.Equal(("list", true), ((string?)page["object"], (bool)page["has_more"]!));
        Assert.Equal(2, page["data"]!.AsArray().Count);
        Assert.Equal((string?)page["data"]![1]!["id"], (string?)page["last_id"]);
        var rest = (await Server.GetAsync($"v1/conversations?user=lister&limit=2&after={page["last_id"]}")).Body;
        Assert.Equal((1, false), (rest["data"]!.AsArray().Count, (bool)rest["has_more"]!));
        Assert.Equal(["list-1", "list-2", "list-3"], page["data"]!.AsArray().Concat(rest["data"]!.AsArray()).Select(one => (string?)one!["id"]).Order());
        var none = (await Server.GetAsync("v1/conversations?user=nobody")).Body;
        Assert.Equal((0, null), (none["data"]!.AsArray().Count, (string?)none["first_id"]));
        var description = await Description.OfAsync(Server.Client);
        Assert.Empty(description.Complaints(description.Answer("get", "/v1/conversations", 200, "application/json"), page));
    }

    [Theory]
    [InlineData("%ff")]
    [InlineData("%c3")]
    [InlineData("a%")]
    [InlineData("a%2")]
    [InlineData("%zz")]
    public async Task A_name_in_a_path_that_is_no_text_is_refused(string name)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(Server.Address.Host, Server.Address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET /v1/users/{name} HTTP/1.1\r\nHost: {Server.Address.Authority}\r\nConnection: close\r\n\r\n"));
        var answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("percent-encoded UTF-8", answer);
        Assert.Equal("%ff", (string?)(await Server.GetAsync("v1/users/%25ff")).Body["user"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?user=")]
    [InlineData("?user=%20ann")]
    [InlineData("?user=ann&limit=0")]
    [InlineData("?user=ann&limit=101")]
    [InlineData("?user=ann&limit=many")]
    [InlineData("?user=ann&after=unknown")]
    [InlineData("?user=ann&client=a%20b")]
    public async Task What_can_not_be_listed_is_refused(string query) => Assert.Equal(400, (await Server.GetAsync("v1/conversations" + query)).Status);

    [Fact]
    public async Task An_erased_conversation_is_gone_and_there_is_nothing_to_erase_twice()
    {
        var chat = await Server.ChatAsync("A latte.", ("user", "eraser"), ("metadata", new { conversation_id = "erased" }));
        await Server.ThumbAsync((string)chat["id"]!, true, "eraser");
        var (status, body) = await DeleteAsync(Server.Client, "v1/conversations/erased");
        Assert.Equal((200, "conversation.deleted", true, 1, 1), (status, (string?)body["object"], (bool)body["deleted"]!, (int)body["turns"]!, (int)body["feedback"]!));
        Assert.Equal(404, (await Server.GetAsync("v1/conversations/erased")).Status);
        Assert.Equal(404, (await DeleteAsync(Server.Client, "v1/conversations/erased")).Status);
        Assert.Equal(404, (await DeleteAsync(Server.Client, "v1/conversations/no%20name")).Status);
        Assert.Equal(404, (await Server.PostAsync("v1/feedback", new { completion_id = (string)chat["id"]!, thumbs = "up", rater = "eraser" })).Status);
        Assert.Empty((await Server.GetAsync("v1/conversations?user=eraser")).Body["data"]!.AsArray());
    }

    [Theory]
    [InlineData("carla")]
    [InlineData("a/b%2Fc%c ü?#&+")]
    [InlineData("Ωmega <o@example.com>")]
    public async Task All_of_a_person_is_one_file_and_then_gone(string user)
    {
        var tag = Guid.NewGuid().ToString("N");
        var (own, others) = ($"own-{tag}", $"others-{tag}");
        var mine = (string)(await Server.ChatAsync($"Words {tag}", ("user", user), ("metadata", new { conversation_id = own })))["id"]!;
        var theirs = (string)(await Server.ChatAsync("A tea.", ("metadata", new { conversation_id = others })))["id"]!;
        Assert.Equal(200, (await Server.PostAsync("v1/feedback", new { completion_id = theirs, thumbs = "down", rater = user, comment = $"Comment {tag}" })).Status);
        await Server.ThumbAsync(theirs, true, "somebody else");
        await Server.ThumbAsync(mine, true, user);
        Assert.Equal(200, (await Server.PostAsync("v1/feedback/import", new { items = new[] { new { id = $"i-{tag}", messages = Array.Empty<object>(), completion = "Sure.", thumbs = "up", rater = user } } })).Status);
        var path = $"v1/users/{Uri.EscapeDataString(user)}";

        using var response = await Server.Client.GetAsync(path);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        var file = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal((user, null), ((string?)file["user"], (string?)file["client"]));
        var conversation = Assert.Single(file["conversations"]!.AsArray())!;
        Assert.Equal((own, $"Words {tag}"), ((string?)conversation["id"], (string?)conversation["turns"]![0]!["messages"]![0]!["content"]));
        Assert.Equal(user, (string?)Assert.Single(conversation["feedback"]!.AsArray())!["rater"]);
        Assert.Equal([$"Comment {tag}", null, null], file["feedback_given"]!.AsArray().Select(given => (string?)given!["comment"]));
        var description = await Description.OfAsync(Server.Client);
        Assert.Empty(description.Complaints(description.Answer("get", "/v1/users/{user}", 200, "application/json"), file));

        var (status, gone) = await DeleteAsync(Server.Client, path);
        Assert.Equal((200, user, 1, 1, 3), (status, (string?)gone["user"], (int)gone["conversations"]!, (int)gone["turns"]!, (int)gone["feedback"]!));
        Assert.Equal((0, 0, 0), (await DeleteAsync(Server.Client, path)).Body is var again ? ((int)again["conversations"]!, (int)again["turns"]!, (int)again["feedback"]!) : default);
        var empty = (await Server.GetAsync(path)).Body;
        Assert.Equal((0, 0, 0L), (empty["conversations"]!.AsArray().Count, empty["feedback_given"]!.AsArray().Count, (long)empty["rater"]!["down"]!));
        Assert.Equal("somebody else", (string?)Assert.Single((await Server.GetAsync($"v1/conversations/{others}")).Body["turns"]![0]!["thumbs"]!.AsArray())!["rater"]);
        var ledger = Server.Services.GetRequiredService<IFeedbackLedger>();
        Assert.DoesNotContain(await ledger.ReadAsync(0).ToListAsync(), entry => entry.Event.Rater == user);
        Assert.True((await ledger.VerifyAsync()).Holds);
    }

    [Fact]
    public async Task When_it_is_answered_nothing_of_a_person_is_in_the_servers_files()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path);
        const string user = "Z0rba-the-user", words = "Z0rba-said-so";
        var mine = (string)(await server.ChatAsync(words, ("user", user)))["id"]!;
        var theirs = (string)(await server.ChatAsync("A tea."))["id"]!;
        foreach (var reply in (string[])[mine, theirs])
        {
            Assert.Equal(200, (await server.PostAsync("v1/feedback", new { completion_id = reply, thumbs = "up", rater = user, comment = words })).Status);
        }

        Assert.Contains("Z0rba", Bytes(folder.Path));
        Assert.Equal(200, (await DeleteAsync(server.Client, $"v1/users/{user}")).Status);
        Assert.DoesNotContain("Z0rba", Bytes(folder.Path));
    }

    [Fact]
    public async Task A_key_reaches_its_own_clients_users_and_an_operators_any()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var shop = await keyed.ClientAsync("shop");
        using var bar = await keyed.ClientAsync("bar");
        using var ops = await keyed.ClientAsync("ops", "--roles", "operate");
        using var watcher = await keyed.ClientAsync("watcher", "--roles", "watch");
        foreach (var (client, id) in new[] { (shop, "in-shop"), (bar, "in-bar") })
        {
            Assert.Equal(200, (await KeyedServer.AskAsync(client, "A latte.", ("user", "ann"), ("metadata", new { conversation_id = id }))).Status);
        }

        async Task<string[]> ListAsync(HttpClient client, string more = "") =>
            [.. (await KeyedServer.ReadAsync(await client.GetAsync("v1/conversations?user=ann" + more))).Body["data"]!.AsArray().Select(one => (string)one!["id"]!)];
        Assert.Equal(["in-shop"], await ListAsync(shop));
        Assert.Equal(["in-bar"], await ListAsync(bar));
        Assert.Equal(["in-bar"], await ListAsync(ops, "&client=bar"));
        Assert.Empty(await ListAsync(ops, "&client="));
        Assert.Equal(403, (int)(await shop.GetAsync("v1/conversations?user=ann&client=bar")).StatusCode);
        Assert.Equal(403, (int)(await shop.DeleteAsync("v1/users/ann?client=bar")).StatusCode);
        Assert.Equal(403, (int)(await watcher.GetAsync("v1/users/ann")).StatusCode);
        Assert.Equal(404, (await DeleteAsync(shop, "v1/conversations/in-bar")).Status);

        Assert.Equal(1, (int)(await DeleteAsync(shop, "v1/users/ann")).Body["conversations"]!);
        Assert.Equal(["in-bar"], await ListAsync(bar));
        Assert.Equal(1, (int)(await DeleteAsync(ops, "v1/users/ann?client=bar")).Body["conversations"]!);
        Assert.Empty(await ListAsync(bar));
    }

    private static string Bytes(string folder) => string.Concat(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock").Select(path =>
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }));

    private static async Task<(int Status, JsonNode Body)> DeleteAsync(HttpClient client, string path) => await KeyedServer.ReadAsync(await client.DeleteAsync(path));
}
