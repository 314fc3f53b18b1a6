using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Server.Tests.Feedback;

public sealed class FeedbackSearchTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task Feedback_is_listed_newest_first_page_by_page_with_the_reply_and_what_it_answered()
    {
        var reply = await Server.ChatAsync("Page by page.");
        for (var stars = 1; stars <= 5; stars++)
        {
            await GiveAsync(reply, new { completion_id = (string)reply["id"]!, rater = $"pager-{stars}", rating = stars });
        }

        var found = new List<int>();
        string? next = null;
        do
        {
            var page = await ListAsync($"limit=2&kind=rating&conversation_id={reply["conversation_id"]}{(next is null ? "" : $"&before={next}")}");
            found.AddRange(page["data"]!.AsArray().Select(entry => (int)entry!["said"]!["rating"]!));
            Assert.All(page["data"]!.AsArray(), entry => Assert.Equal(("Page by page.", (string)reply["choices"]![0]!["message"]!["content"]!), ((string)entry!["messages"]![0]!["content"]!, (string)entry["reply"]!)));
            next = page["next_before"]?.ToString();
        }
        while (next is not null);
        Assert.Equal([5, 4, 3, 2, 1], found);
    }

    [Theory]
    [InlineData("rater=filter-b", 1)]
    [InlineData("kind=report", 1)]
    [InlineData("text=WORD%20THAT", 1)]
    [InlineData("text=filter%20these", 2)]
    [InlineData("version=base", 2)]
    [InlineData("version=v9", 0)]
    [InlineData("kind=thumbs&rater=filter-b", 0)]
    public async Task Each_filter_narrows_and_several_hold_together(string filter, int count)
    {
        var reply = await Server.ChatAsync("Filter these.");
        await GiveAsync(reply, new { completion_id = (string)reply["id"]!, rater = "filter-a", thumbs = "up" });
        await GiveAsync(reply, new { completion_id = (string)reply["id"]!, rater = "filter-b", report = "a word that is rare" });
        Assert.Equal(count, (await ListAsync($"conversation_id={reply["conversation_id"]}&{filter}"))["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_rare_event_is_found_by_asking_on_behind_all_that_one_search_reads()
    {
        var ledger = Server.Services.GetRequiredService<IFeedbackLedger>();
        var first = Imported("rare") with { Rater = "rare-rater" };
        await ledger.AppendAsync(first);
        for (var batch = 0; batch < 21; batch++)
        {
            await ledger.AppendAsync([.. Enumerable.Range(0, 1000).Select(i => Imported($"common-{batch}-{i}"))]);
        }

        var page = await ListAsync("rater=rare-rater");
        Assert.Empty(page["data"]!.AsArray());
        page = await ListAsync($"rater=rare-rater&before={page["next_before"]}");
        Assert.Equal("rare", (string)page["data"]![0]!["said"]!["id"]!);
    }

    [Fact]
    public async Task An_export_has_a_line_for_each_event_oldest_first()
    {
        var reply = await Server.ChatAsync("Export this.");
        await GiveAsync(reply, new { completion_id = (string)reply["id"]!, rater = "exporter", thumbs = "up", comment = "two\nlines" });
        await GiveAsync(reply, new { completion_id = (string)reply["id"]!, rater = "exporter", rating = 5 });
        var lines = (await Server.Client.GetStringAsync("v1/feedback/export?rater=exporter")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["thumbs", "rating"], lines.Select(line => (string)JsonNode.Parse(line)!["said"]!["kind"]!));
    }

    [Theory]
    [InlineData("kind=stars", "kind")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("before=-1", "before")]
    [InlineData("before=soon", "before")]
    public async Task What_makes_no_sense_is_refused_by_its_name(string query, string field)
    {
        var (status, body) = await Server.GetAsync($"v1/feedback?{query}");
        Assert.Equal((400, field), (status, (string?)body["error"]!["param"]));
    }

    private async Task<JsonNode> ListAsync(string query)
    {
        var (status, body) = await Server.GetAsync($"v1/feedback?{query}");
        Assert.True(status == 200, body.ToString());
        return body;
    }

    private async Task GiveAsync(JsonNode reply, object said)
    {
        var (status, body) = await Server.PostAsync("v1/feedback", said);
        Assert.True(status == 200, $"{reply["id"]}: {body}");
    }

    private static FeedbackEvent Imported(string id) => new(
        id, FeedbackKind.Thumbs, CompletionId: null, Rater: "importer", Up: true, Comment: null, Tags: [], Version: "", Group: id, Messages: [new ChatMessage("user", "hi")], Reply: "hello",
        Tokens: [], LogProbs: [], DateTimeOffset.UnixEpoch);
}
