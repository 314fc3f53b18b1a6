using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Keys;

public sealed class CallerTests(KeyedServerFixture fixture) : IClassFixture<KeyedServerFixture>
{
    [Fact]
    public async Task A_key_is_told_whose_it_is_and_what_for()
    {
        using var client = await fixture.Keyed.ClientAsync("desk", "--roles", "rate,watch");
        var me = JsonNode.Parse(await client.GetStringAsync("v1/me"))!;
        Assert.Equal(("desk", true), ((string?)me["client"], (bool)me["keys_needed"]!));
        Assert.Equal(["rate", "watch"], me["roles"]!.AsArray().Select(role => (string)role!));
        Assert.StartsWith("rlhf_", (string?)me["key_id"]);
        using var nobody = fixture.Keyed.Client(null);
        Assert.Equal(401, (int)(await nobody.GetAsync("v1/me")).StatusCode);
    }

    [Fact]
    public async Task All_feedback_is_an_operators_and_so_is_anybodys_conversation()
    {
        using var app = await fixture.Keyed.ClientAsync("app", "--roles", "chat,rate,watch");
        using var ops = await fixture.Keyed.ClientAsync("ops", "--roles", "operate");
        var (_, reply) = await KeyedServer.AskAsync(app, "A latte.");
        await KeyedServer.ThumbAsync(app, (string)reply["id"]!, "ann");
        foreach (var path in (string[])["v1/feedback", "v1/feedback/export"])
        {
            Assert.Equal(403, (int)(await app.GetAsync(path)).StatusCode);
            Assert.Contains("\"ann\"", await ops.GetStringAsync(path));
        }

        Assert.Equal(200, (await KeyedServer.ReadAsync(await ops.GetAsync($"v1/conversations/{reply["conversation_id"]}"))).Status);
        using var other = await fixture.Keyed.ClientAsync("other", "--roles", "chat");
        Assert.Equal(404, (await KeyedServer.ReadAsync(await other.GetAsync($"v1/conversations/{reply["conversation_id"]}"))).Status);
    }
}
