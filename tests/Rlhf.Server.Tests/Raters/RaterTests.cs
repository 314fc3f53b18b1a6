using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Raters;

public sealed class RaterTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer? _server;

    private RunningServer Server => _server!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_folder.Path, "--Feedback:Annotators:0=*");

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_troll_is_shown_with_the_evidence_left_out_and_let_back()
    {
        for (var i = 0; i < 14; i++)
        {
            var reply = await Server.ChatAsync($"Question {i}");
            foreach (var rater in (string[])["ann", "bob", "cleo", "a/b c"])
            {
                await ThumbAsync((string)reply["id"]!, rater, rater == "a/b c" ? i % 2 != 0 : i % 2 == 0);
            }
        }

        var (status, list) = await Server.GetAsync("v1/raters?limit=2");
        Assert.Equal((200, 2, true, 4), (status, list["data"]!.AsArray().Count, (bool)list["has_more"]!, (int)list["total"]!));
        var rest = (await Server.GetAsync($"v1/raters?limit=2&after={Uri.EscapeDataString((string)list["next"]!)}")).Body;
        Assert.Equal(["bob", "cleo"], rest["data"]!.AsArray().Select(rater => (string)rater!["id"]!));

        var troll = (await Server.GetAsync("v1/raters/a%2Fb%20c")).Body;
        Assert.Equal(("a/b c", true, "consensus"), ((string)troll["id"]!, (bool)troll["suspected"]!, (string)troll["evidence"]![0]!["kind"]!));
        Assert.False((bool)(await Server.GetAsync("v1/raters/ann")).Body["suspected"]!);

        (status, troll) = await Server.PostAsync("v1/raters/a%2Fb%20c/quarantine", new { reason = "answers at random" });
        Assert.Equal((200, "answers at random", 0), (status, (string)troll["quarantine"]!["reason"]!, (double)troll["weight"]!));
        var again = await Server.ChatAsync("One more question");
        var refused = await Server.PostAsync("v1/feedback", new { completion_id = (string)again["id"]!, thumbs = "up", rater = "a/b c" });
        Assert.Equal(403, refused.Status);
        Assert.Contains("answers at random", (string)refused.Body["error"]!["message"]!);

        Assert.Null((await Server.PostAsync("v1/raters/a%2Fb%20c/release", new { })).Body["quarantine"]);
        await ThumbAsync((string)again["id"]!, "a/b c", true);
        Assert.Equal(0, (int)(await Server.PostAsync("v1/rebuild", new { })).Body["raters"]!["mended"]!);

        var cohorts = (await Server.GetAsync("v1/cohorts")).Body["data"]!.AsArray();
        Assert.Equal((57, 1.0), ((int)cohorts[0]!["statements"]!, (double)cohorts[0]!["share_rated"]!));
    }

    [Fact]
    public async Task A_version_that_may_have_learned_from_a_quarantined_rater_is_marked_until_the_release()
    {
        var reply = await Server.ChatAsync("A question");
        await ThumbAsync((string)reply["id"]!, "ann", up: true);
        var grains = Server.Services.GetRequiredService<Orleans.IGrainFactory>();
        await grains.GetGrain<Contracts.IModelCatalogGrain>("demo").AnnounceAsync("v1", "base", new Contracts.VersionLineage("job-1", Cursor: 1, Seed: 1, "m", "{}"));
        await ThumbAsync((string)reply["id"]!, "late", up: true); // after the version's cursor
        await Server.PostAsync("v1/raters/late/quarantine", new { reason = "x" });
        Assert.Null(await MarkAsync());
        await Server.PostAsync("v1/raters/ann/quarantine", new { reason = "x" });
        Assert.Equal(1, (int)(await MarkAsync())!["raters"]!);
        await Server.PostAsync("v1/raters/ann/release", new { });
        Assert.Null(await MarkAsync());

        async Task<JsonNode?> MarkAsync() => (await Server.GetAsync("v1/versions/v1")).Body["learned_from_quarantined"];
    }

    [Theory]
    [InlineData("GET", "v1/raters/nobody", null, 404, "'nobody'")]
    [InlineData("POST", "v1/raters/nobody/quarantine", "{\"reason\":\"x\"}", 404, "'nobody'")]
    [InlineData("POST", "v1/raters/nobody/release", "{}", 404, "'nobody'")]
    [InlineData("POST", "v1/raters/nobody/quarantine", "{}", 400, "'reason'")]
    [InlineData("POST", "v1/raters/nobody/quarantine", "{\"reason\":\"\"}", 400, "'reason'")]
    [InlineData("POST", "v1/raters/nobody/quarantine", "{\"reason\":\"x\",\"for\":\"ever\"}", 400, "supplied: for")]
    [InlineData("GET", "v1/raters/%20", null, 400, "'id'")]
    [InlineData("GET", "v1/raters?limit=0", null, 400, "'limit'")]
    [InlineData("GET", "v1/raters?limit=many", null, 400, "'limit'")]
    [InlineData("POST", "v1/gold", "{\"prompt\":\"Hi\",\"reply\":\"Hello\"}", 400, "'expected'")]
    [InlineData("POST", "v1/gold", "{\"prompt\":\"Hi\",\"reply\":\"Hello\",\"expected\":\"maybe\"}", 400, "'expected'")]
    [InlineData("POST", "v1/gold", "{\"reply\":\"Hello\",\"expected\":\"up\"}", 400, "'messages'")]
    [InlineData("POST", "v1/gold", "{\"prompt\":\"Hi\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"reply\":\"Hello\",\"expected\":\"up\"}", 400, "'messages'")]
    [InlineData("DELETE", "v1/gold/chatcmpl-none-1", null, 404, "chatcmpl-none-1")]
    [InlineData("GET", "v1/gold/next", null, 400, "'rater'")]
    [InlineData("GET", "v1/gold/next?rater=ann", null, 404, "'ann'")]
    public async Task Bad_input_is_named(string method, string path, string? body, int status, string said)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        using var response = await Server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Contains(said, (string)JsonNode.Parse(text)!["error"]!["message"]!);
    }

    [Fact]
    public async Task A_gold_question_looks_like_any_reply_and_its_answer_comes_as_any_feedback()
    {
        foreach (var i in Enumerable.Range(0, 3))
        {
            Assert.Equal(200, (await Server.PostAsync("v1/gold", new { prompt = $"Is {i} even?", reply = "Yes.", expected = i % 2 == 0 ? "up" : "down" })).Status);
        }

        for (var asked = 0; asked < 3; asked++)
        {
            var (status, question) = await Server.GetAsync("v1/gold/next?rater=ann");
            Assert.True(status == 200, question.ToString());
            Assert.Equal(["completion_id", "messages", "reply"], question.AsObject().Select(field => field.Key));
            var up = (string)question["messages"]![0]!["content"]! != "Is 1 even?";
            var receipt = await ThumbAsync((string)question["completion_id"]!, "ann", up);
            Assert.DoesNotContain("gold", receipt.ToString());
        }

        Assert.DoesNotContain("even?", await Server.Client.GetStringAsync("v1/export/thumbs")); // it is about raters and trains nothing
        Assert.Equal(404, (await Server.GetAsync("v1/gold/next?rater=ann")).Status);
        var ann = (await Server.GetAsync("v1/raters/ann")).Body;
        Assert.Equal((3, 3), ((int)ann["gold_answered"]!, (int)ann["gold_right"]!));
        var gold = (await Server.GetAsync("v1/gold")).Body["data"]!.AsArray();
        Assert.Equal(3, gold.Count);
        Assert.True((bool)JsonNode.Parse(await (await Server.Client.DeleteAsync($"v1/gold/{gold[0]!["completion_id"]}")).Content.ReadAsStringAsync())!["deleted"]!);
        Assert.Equal(2, (await Server.GetAsync("v1/gold")).Body["data"]!.AsArray().Count);
    }

    private async Task<JsonNode> ThumbAsync(string completion, string rater, bool up)
    {
        var (status, body) = await Server.PostAsync("v1/feedback", new { completion_id = completion, thumbs = up ? "up" : "down", rater });
        Assert.True(status == 200, $"{status}: {body}");
        return body;
    }
}
