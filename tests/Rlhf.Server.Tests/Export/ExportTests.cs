using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Export;

public sealed class ExportTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    private IFeedbackLedger Ledger => _server.Services.GetRequiredService<IFeedbackLedger>();

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Thumbs_are_what_raters_say_in_the_end()
    {
        var (kept, turned, taken) = (await ReplyAsync("one"), await ReplyAsync("two"), await ReplyAsync("three"));
        await _server.ThumbAsync(kept, true, "ann");
        await _server.ThumbAsync(turned, true, "ann");
        await _server.ThumbAsync(turned, false, "ann");
        await _server.ThumbAsync(turned, true, "bob");
        await _server.ThumbAsync(taken, true, "ann");
        using var _ = await _server.Client.DeleteAsync($"v1/feedback?completion_id={taken}&rater=ann");
        await GiveAsync(new { completion_id = taken, accepted = false, rater = "ann", tags = new[] { "blue" } });
        await GiveAsync(new { completion_id = taken, comment = "so so", rater = "ann" });

        var lines = await ExportAsync("thumbs");

        Assert.Equal([("one", "ann", true), ("two", "ann", false), ("two", "bob", true), ("three", "ann", false)], lines.Select(line => ((string)line["prompt"]![0]!["content"]!, (string)line["rater"]!, (bool)line["label"]!)));
        Assert.All(lines, line => Assert.Equal("assistant", (string)line["completion"]![0]!["role"]!));
        Assert.Equal("three", (string)Assert.Single(await ExportAsync("thumbs?tag=blue"))["prompt"]![0]!["content"]!);
        Assert.Empty(await ExportAsync("thumbs?until=2020-01-01"));
        Assert.Equal(4, (await ExportAsync("thumbs?since=2020-01-01&version=base")).Count);
    }

    [Fact]
    public async Task Preferences_come_of_comparisons_corrections_and_where_asked_for_of_thumbs()
    {
        var (first, second) = (await StoreAsync("a", "good"), await StoreAsync("a", "bad"));
        var third = await StoreAsync("a", "worse");
        await AppendAsync(first, FeedbackKind.Comparison, up: null, new FeedbackContent { Net = 1, Rank = 1, Others = [Other(second, 2), Other(third, 2)] });
        await AppendAsync(second, FeedbackKind.Correction, up: null, new FeedbackContent { Net = 1, Text = "better" });
        await AppendAsync(first, FeedbackKind.Thumbs, up: true, null);
        await AppendAsync(second, FeedbackKind.Thumbs, up: false, null);
        await AppendAsync(third, FeedbackKind.Thumbs, up: false, null);

        var pairs = await ExportAsync("preferences");
        var withThumbs = await ExportAsync("preferences?with_thumbs=true");

        Assert.Equal([("good", "bad"), ("good", "worse"), ("better", "bad")], pairs.Select(Pair));
        Assert.Equal([("good", "bad"), ("good", "worse"), ("better", "bad"), ("good", "bad")], withThumbs.Select(Pair));
        Assert.Equal([("a", "better")], (await ExportAsync("sft")).Select(Dialogue));
        Assert.Equal([("a", "better"), ("a", "good")], (await ExportAsync("sft?with_thumbs=true")).Select(Dialogue));
        Assert.Equal(withThumbs.Count, withThumbs.Select(line => (string)line["id"]!).Distinct().Count());
    }

    [Fact]
    public async Task What_was_erased_or_filtered_and_quarantined_raters_are_left_out()
    {
        var (erased, quarantined, filtered) = (await StoreAsync("a", "x"), await StoreAsync("b", "y"), await StoreAsync("c", "z"));
        await AppendAsync(erased, FeedbackKind.Thumbs, up: true, null);
        await AppendAsync(quarantined, FeedbackKind.Thumbs, up: true, null, "troll");
        await AppendAsync(filtered with { Filtered = "insults" }, FeedbackKind.Thumbs, up: true, null);
        await Ledger.EraseAsync(Erasure.OfUser, [1], DateTimeOffset.UtcNow);
        await _server.Services.GetRequiredService<IGrainFactory>().GetGrain<IRaterGrain>("troll").QuarantineAsync("trolls");

        Assert.Empty(await ExportAsync("thumbs"));
        Assert.Equal("troll", (string)Assert.Single(await ExportAsync("thumbs?quarantined=true"))["rater"]!);
    }

    [Fact]
    public async Task An_export_is_imported_as_the_same_judgements_and_once()
    {
        var (good, bad) = (await StoreAsync("a", "good \"one\"\n😀"), await StoreAsync("a", "bad"));
        await AppendAsync(good, FeedbackKind.Comparison, up: null, new FeedbackContent { Net = 1, Rank = 1, Others = [Other(bad, 2)] });
        await AppendAsync(bad, FeedbackKind.Correction, up: null, new FeedbackContent { Net = 1, Text = "better" }, "bob");
        await AppendAsync(good, FeedbackKind.Thumbs, up: true, null);
        await AppendAsync(bad, FeedbackKind.Thumbs, up: false, null, "bob");
        var exports = new Dictionary<string, List<JsonNode>>();
        foreach (var format in (string[])["thumbs", "preferences", "sft"])
        {
            exports[format] = await ExportAsync(format);
        }

        using var folder = new TemporaryFolder();
        await using var other = await RunningServer.StartAsync(folder.Path);
        foreach (var again in (bool[])[false, true])
        {
            var items = exports.SelectMany(export => export.Value.Select(line => Item(export.Key, line))).ToList();
            var (status, body) = await other.PostAsync("v1/feedback/import", new { items });
            Assert.Equal((200, again ? 0 : items.Count), (status, (int)body["imported"]!));
            Assert.Empty(body["rejected"]!.AsArray());
        }

        foreach (var (format, lines) in exports)
        {
            Assert.Equal(lines.Select(Said), (await ExportAsync(format, other)).Select(Said));
        }
    }

    [Theory]
    [InlineData("parquet", 404)]
    [InlineData("thumbs?version=v99", 404)]
    [InlineData("thumbs?since=yesterday", 400)]
    [InlineData("thumbs?quarantined=perhaps", 400)]
    public async Task What_makes_no_sense_is_refused(string query, int status) => Assert.Equal(status, (await _server.GetAsync($"v1/export/{query}")).Status);

    [Fact]
    public async Task An_item_says_one_thing()
    {
        object[] items =
        [
            new { id = "1", messages = Array.Empty<object>(), completion = "x" },
            new { id = "2", messages = Array.Empty<object>(), completion = "x", thumbs = "up", rejected = "y" },
            new { id = "3", messages = Array.Empty<object>(), completion = "x", rejected = "x" },
            new { id = "4", messages = Array.Empty<object>(), completion = "x", demonstration = true },
        ];

        var (_, body) = await _server.PostAsync("v1/feedback/import", new { items });

        Assert.Equal(1, (int)body["imported"]!);
        Assert.Equal([0, 1, 2], body["rejected"]!.AsArray().Select(rejected => (int)rejected!["index"]!));
    }

    private static (string, string) Pair(JsonNode line) => ((string)line["chosen"]![0]!["content"]!, (string)line["rejected"]![0]!["content"]!);

    private static (string, string) Dialogue(JsonNode line) => ((string)line["messages"]![0]!["content"]!, (string)line["messages"]![1]!["content"]!);

    /// <summary>A line without what only the first server can know.</summary>
    private static string Said(JsonNode line)
    {
        foreach (var name in (string[])["version", "at", "kind"])
        {
            line.AsObject().Remove(name);
        }

        return line.ToJsonString();
    }

    /// <summary>A line as the command line's import sends it.</summary>
    private static object Item(string format, JsonNode line)
    {
        var (id, group, rater) = ((string)line["id"]!, (string)line["group"]!, (string)line["rater"]!);
        return format switch
        {
            "thumbs" => new { id, group, rater, messages = line["prompt"], completion = (string)line["completion"]![0]!["content"]!, thumbs = (bool)line["label"]! ? "up" : "down" },
            "preferences" => new { id, group, rater, messages = line["prompt"], completion = (string)line["chosen"]![0]!["content"]!, rejected = (string)line["rejected"]![0]!["content"]! },
            _ => new { id, group, rater, messages = line["messages"]!.AsArray().SkipLast(1), completion = (string)line["messages"]!.AsArray()[^1]!["content"]!, demonstration = true },
        };
    }

    private async Task<List<JsonNode>> ExportAsync(string query, RunningServer? server = null)
    {
        using var response = await (server ?? _server).Client.GetAsync($"v1/export/{query}");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("application/jsonl", response.Content.Headers.ContentType!.MediaType);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    private async Task<string> ReplyAsync(string text) => (string)(await _server.ChatAsync(text))["id"]!;

    private async Task GiveAsync(object feedback) => Assert.Equal(200, (await _server.PostAsync("v1/feedback", feedback)).Status);

    /// <summary>An event on a reply, so that the test says what the reply is.</summary>
    private static Task<FeedbackEvent> StoreAsync(string prompt, string reply) => Task.FromResult(new FeedbackEvent(
        "", FeedbackKind.Thumbs, CompletionId.Of($"c-{prompt}-{Guid.NewGuid():N}", 1), "ann", null, null, [], "base", prompt, [new ChatMessage("user", prompt)], reply, [], [], DateTimeOffset.UtcNow));

    private Task AppendAsync(FeedbackEvent reply, FeedbackKind kind, bool? up, FeedbackContent? content, string rater = "ann") =>
        Ledger.AppendAsync(reply with { Id = Guid.NewGuid().ToString("N"), Kind = kind, Up = up, Content = content, Rater = rater });

    private static ComparedReply Other(FeedbackEvent reply, int rank) => new(reply.CompletionId!, rank, reply.Version, reply.Reply, [], []);
}
