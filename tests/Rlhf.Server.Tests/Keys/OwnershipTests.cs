using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;

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
        var mine = (string)(await KeyedServer.AskAsync(first, "A latte.")).Body["id"]!;
        var theirs = (string)(await KeyedServer.AskAsync(second, "A latte.")).Body["id"]!;
        var pressed = await PressAsync(first, mine);
        Assert.Equal(200, pressed.Status);
        Assert.Equal((string?)pressed.Body["id"], (string?)(await PressAsync(first, mine)).Body["id"]);
        Assert.NotEqual((string?)pressed.Body["id"], (string?)(await PressAsync(second, theirs)).Body["id"]);
        var another = (string)(await KeyedServer.AskAsync(first, "And a tea.")).Body["id"]!;
        Assert.Equal(422, (await PressAsync(first, another)).Status);

        static async Task<(int Status, JsonNode Body)> PressAsync(HttpClient client, string completion)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = JsonContent.Create(new { completion_id = completion, thumbs = "up", rater = "ann" }) };
            request.Headers.Add("Idempotency-Key", "press-1");
            return await KeyedServer.ReadAsync(await client.SendAsync(request));
        }
    }

    [Fact]
    public async Task Raters_of_one_name_at_two_clients_have_each_an_allowance_and_a_thumb()
    {
        using var app = await Keyed.ClientAsync("same-name-app");
        using var judge = await Keyed.ClientAsync("same-name-judge", "--roles", "rate");
        var id = (string)(await KeyedServer.AskAsync(app, "A latte.", ("metadata", new { conversation_id = "two-anns" }))).Body["id"]!;
        Assert.Equal(200, (await KeyedServer.ThumbAsync(app, id, "ann")).Status);
        Assert.Equal(200, (await KeyedServer.ThumbAsync(judge, id, "ann")).Status);
        var thumbs = (await KeyedServer.ReadAsync(await app.GetAsync("v1/conversations/two-anns"))).Body["turns"]![0]!["thumbs"]!.AsArray();
        Assert.Equal(["ann", "ann"], thumbs.Select(thumb => (string)thumb!["rater"]!));

        var key = RaterId.Of("same-name-app", "ann");
        await Keyed.Server.Services.GetRequiredService<IGrainFactory>().GetGrain<IRaterGrain>(key).QuarantineAsync("a robot");
        Assert.Equal(403, (await KeyedServer.ThumbAsync(app, id, "ann")).Status);
        Assert.Equal(200, (await KeyedServer.ThumbAsync(judge, id, "ann")).Status);
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
