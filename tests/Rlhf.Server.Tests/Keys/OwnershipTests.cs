using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Keys;

/// <summary>A conversation is its client's own.</summary>
public sealed class OwnershipTests(KeyedServerFixture fixture) : IClassFixture<KeyedServerFixture>
{
    private KeyedServer Keyed => fixture.Keyed;

    [Fact]
    public async Task Another_clients_conversation_is_as_unknown_as_one_that_is_not_there()
    {
        using var ann = await Keyed.ClientAsync("own-ann");
        using var bob = await Keyed.ClientAsync("own-bob");
        var (_, reply) = await KeyedServer.AskAsync(ann, "A latte.", ("metadata", new { conversation_id = "breakfast" }));
        var id = (string)reply["id"]!;

        Assert.Equal(200, (await KeyedServer.ReadAsync(await ann.GetAsync("v1/conversations/breakfast"))).Status);
        var stranger = await KeyedServer.ReadAsync(await bob.GetAsync("v1/conversations/breakfast"));
        var nobody = await KeyedServer.ReadAsync(await bob.GetAsync("v1/conversations/no-breakfast"));
        Assert.Equal((404, 404), (stranger.Status, nobody.Status));
        Assert.Equal(nobody.Body.ToJsonString().Replace("no-breakfast", "breakfast"), stranger.Body.ToJsonString());

        var onStrangers = await KeyedServer.ThumbAsync(bob, id, "bob");
        var onNothing = await KeyedServer.ThumbAsync(bob, "chatcmpl-nothing-1", "bob");
        Assert.Equal((404, 404), (onStrangers.Status, onNothing.Status));
        Assert.Equal(onNothing.Body.ToJsonString().Replace("chatcmpl-nothing-1", id), onStrangers.Body.ToJsonString());

        Assert.Equal(404, (await KeyedServer.AskAsync(bob, "And a tea.", ("metadata", new { conversation_id = "breakfast" }))).Status);
        Assert.Equal(200, (await KeyedServer.AskAsync(ann, "And a tea.", ("metadata", new { conversation_id = "breakfast" }))).Status);
        Assert.Equal(200, (await KeyedServer.ThumbAsync(ann, id, "a guest of ann")).Status);
    }

    [Fact]
    public async Task That_a_reply_was_not_stored_only_its_own_client_hears()
    {
        using var ann = await Keyed.ClientAsync("quiet-ann");
        using var bob = await Keyed.ClientAsync("quiet-bob");
        var id = (string)(await KeyedServer.AskAsync(ann, "A latte.", ("store", false), ("metadata", new { conversation_id = "quiet" }))).Body["id"]!;

        Assert.Contains("store: false", (await KeyedServer.ThumbAsync(ann, id, "ann")).Body.ToJsonString());
        var onNothing = await KeyedServer.ThumbAsync(bob, "chatcmpl-nothing-1", "bob");
        Assert.Equal(onNothing.Body.ToJsonString().Replace("chatcmpl-nothing-1", id), (await KeyedServer.ThumbAsync(bob, id, "bob")).Body.ToJsonString());
        Assert.Equal(404, (await KeyedServer.AskAsync(bob, "And a tea.", ("store", false), ("metadata", new { conversation_id = "quiet" }))).Status);
    }

    [Fact]
    public async Task A_second_key_of_a_client_takes_the_firsts_place()
    {
        using var first = await Keyed.ClientAsync("rotating");
        await KeyedServer.AskAsync(first, "A latte.", ("metadata", new { conversation_id = "rotated" }));
        using var second = await Keyed.ClientAsync("rotating", "--another");
        Assert.Equal(200, (await KeyedServer.AskAsync(second, "And a tea.", ("metadata", new { conversation_id = "rotated" }))).Status);
    }

    [Fact]
    public async Task A_chat_key_rates_in_its_users_name_and_a_rate_key_in_anybodys()
    {
        using var app = await Keyed.ClientAsync("rated-app");
        using var judge = await Keyed.ClientAsync("judge", "--roles", "rate");
        var id = (string)(await KeyedServer.AskAsync(app, "A latte.", ("user", "ann"))).Body["id"]!;

        Assert.Equal(200, (await KeyedServer.ThumbAsync(app, id, "ann")).Status);
        Assert.Equal(403, (await KeyedServer.ThumbAsync(app, id, "bob")).Status);
        Assert.Equal(200, (await KeyedServer.ThumbAsync(judge, id, "bob")).Status);
        Assert.Equal(404, (await KeyedServer.ThumbAsync(judge, "chatcmpl-nothing-1", "bob")).Status);
    }

    [Fact]
    public async Task An_idempotency_key_of_one_client_does_not_swallow_anothers_thumb()
    {
        using var first = await Keyed.ClientAsync("idempotent-1");
        using var second = await Keyed.ClientAsync("idempotent-2");
        var events = new List<string>();
        foreach (var client in (HttpClient[])[first, first, second])
        {
            var id = (string)(await KeyedServer.AskAsync(client, "A latte.")).Body["id"]!;
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = JsonContent.Create(new { completion_id = id, thumbs = "up", rater = "ann" }) };
            request.Headers.Add("Idempotency-Key", "press-1");
            events.Add((string)(await KeyedServer.ReadAsync(await client.SendAsync(request))).Body["id"]!);
        }

        Assert.Equal(events[0], events[1]);
        Assert.NotEqual(events[0], events[2]);
    }

    [Fact]
    public async Task What_was_said_before_there_were_keys_is_no_clients()
    {
        using var folder = new Storage.Tests.TemporaryFolder();
        JsonNode reply;
        await using (var open = await RunningServer.StartAsync(folder.Path))
        {
            reply = await open.ChatAsync("A latte.");
        }

        var hash = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("key from elsewhere"u8));
        await using var closed = await RunningServer.StartAsync(folder.Path, "--Keys:Configured:0:Client=app", $"--Keys:Configured:0:Sha256={hash}", "--Keys:Configured:0:Roles=chat");
        Assert.Equal(401, (await closed.GetAsync($"v1/conversations/{reply["conversation_id"]}")).Status);
        closed.Client.DefaultRequestHeaders.Authorization = new("Bearer", "key from elsewhere");
        Assert.Equal(404, (await closed.GetAsync($"v1/conversations/{reply["conversation_id"]}")).Status);
        await closed.ChatAsync("A configured key is as good as any.");
    }
}
