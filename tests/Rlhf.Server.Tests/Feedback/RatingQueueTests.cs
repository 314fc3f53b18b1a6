using System.Text.Json.Nodes;
using Rlhf.Server.Tests.Keys;

namespace Rlhf.Server.Tests.Feedback;

public sealed class RatingQueueTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task Disagreement_comes_first_then_what_wants_a_correction_and_never_what_the_rater_judged()
    {
        var (quiet, disliked, disputed, judged) = (await Server.ChatAsync("quiet"), await Server.ChatAsync("disliked"), await Server.ChatAsync("disputed"), await Server.ChatAsync("judged"));
        await Server.ThumbAsync((string)disliked["id"]!, up: false, "one");
        await Server.ThumbAsync((string)disputed["id"]!, up: true, "one");
        await Server.ThumbAsync((string)disputed["id"]!, up: false, "two");
        await Server.ThumbAsync((string)judged["id"]!, up: true, "judge");
        var queue = (await Server.GetAsync("v1/queue?rater=judge")).Body;
        var order = queue["data"]!.AsArray().Select(item => (string)item!["completion_id"]!).ToList();
        Assert.Equal([(string)disputed["id"]!, (string)disliked["id"]!], order[..2]);
        Assert.Contains((string)quiet["id"]!, order);
        Assert.DoesNotContain((string)judged["id"]!, order);
        Assert.Equal(["disagreement", "correction_wanted", "unrated"], queue["data"]!.AsArray().Select(item => (string)item!["reason"]!).Distinct());
        Assert.Equal("disputed", (string)queue["data"]![0]!["messages"]![0]!["content"]!);
    }

    [Theory]
    [InlineData("", "rater")]
    [InlineData("rater=a&limit=0", "limit")]
    [InlineData("rater=a&limit=all", "limit")]
    public async Task What_makes_no_sense_is_refused(string query, string field)
    {
        var (status, body) = await Server.GetAsync($"v1/queue?{query}");
        Assert.Equal((400, field), (status, (string?)body["error"]!["param"]));
    }

    [Fact]
    public async Task A_key_sees_its_own_clients_replies_alone_and_an_operator_all()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var app = await keyed.ClientAsync("app", "--roles", "chat");
        using var other = await keyed.ClientAsync("other", "--roles", "rate");
        using var ops = await keyed.ClientAsync("ops", "--roles", "rate,operate");
        await KeyedServer.AskAsync(app, "A latte.");
        int Count(string text) => JsonNode.Parse(text)!["data"]!.AsArray().Count;
        Assert.Equal((1, 0, 1), (Count(await app.GetStringAsync("v1/queue?rater=a")), Count(await other.GetStringAsync("v1/queue?rater=a")), Count(await ops.GetStringAsync("v1/queue?rater=a"))));
    }
}
