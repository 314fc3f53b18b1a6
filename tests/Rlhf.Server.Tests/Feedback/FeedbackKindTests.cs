using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Feedback;

public sealed class FeedbackKindTests : IAsyncLifetime
{
    private static readonly string[] Settings =
    [
        "--Feedback:Labels:tone:Answers:kind=1", "--Feedback:Labels:tone:Answers:rude=0", "--Feedback:Labels:right:Weight=3", "--Feedback:Labels:right:Answers:yes=1",
        "--Feedback:Labels:right:Answers:no=0", "--Feedback:Signals:Copied=0.5", "--Feedback:Signals:Edited=-1",
    ];

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_folder.Path, Settings);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Each_kind_is_recorded_and_stands_beside_the_others_and_is_there_after_a_restart()
    {
        var chat = await _server.ChatAsync("A latte.");
        var id = (string)chat["id"]!;
        object[] said =
        [
            new { completion_id = id, rater = "ann", thumbs = "up" },
            new { completion_id = id, rater = "ann", accepted = false },
            new { completion_id = id, rater = "ann", rating = 4 },
            new { completion_id = id, rater = "ann", labels = new { tone = "kind", right = "no" } },
            new { completion_id = id, rater = "ann", correction = "Here is your latte." },
            new { completion_id = id, rater = "ann", report = "It is rude." },
            new { completion_id = id, rater = "ann", signal = new { name = "copied" } },
            new { completion_id = id, rater = "ann", signal = new { name = "edited", distance = 0.25 } },
            new { completion_id = id, rater = "ann", comment = "I have seen better.", tags = new[] { "coffee" } },
        ];
        foreach (var one in said)
        {
            Assert.Equal(200, (await _server.PostAsync("v1/feedback", one)).Status);
        }

        await RestartAsync();
        var feedback = await FeedbackOnAsync(chat);
        Assert.Equal(["accepted", "comment", "correction", "labels", "rating", "report", "signal", "signal", "thumbs"], feedback.Select(one => (string)one["kind"]!).Order());
        JsonNode Of(string kind) => feedback.First(one => (string)one["kind"]! == kind);
        Assert.False((bool)Of("accepted")["accepted"]!);
        Assert.Equal(4, (int)Of("rating")["rating"]!);
        Assert.Equal("""{"right":"no","tone":"kind"}""", Of("labels")["labels"]!.ToJsonString());
        Assert.Equal("Here is your latte.", (string?)Of("correction")["correction"]);
        Assert.Equal("It is rude.", (string?)Of("report")["report"]);
        Assert.Equal([null, 0.25], feedback.Where(one => (string)one["kind"]! == "signal").OrderBy(one => (string?)one["signal"]!["name"]).Select(one => (double?)one["signal"]!["distance"]));
        Assert.Equal("""["coffee"]""", Of("comment")["tags"]!.ToJsonString());
        Assert.Equal(1, (int)(await _server.GetAsync("v1/versions")).Body["versions"]![0]!["thumbs_up"]!);
    }

    [Fact]
    public async Task A_repeat_of_a_kind_overwrites_it_alone_and_a_retraction_takes_it_alone_back()
    {
        var chat = await _server.ChatAsync("A latte.");
        var id = (string)chat["id"]!;
        await _server.ThumbAsync(id, up: true, "ann");
        foreach (var rating in new[] { 2, 5 })
        {
            Assert.Equal(200, (await _server.PostAsync("v1/feedback", new { completion_id = id, rater = "ann", rating })).Status);
        }

        var again = await _server.PostAsync("v1/feedback", new { completion_id = id, rater = "ann", rating = 5 });
        Assert.Equal([("rating", 5), ("thumbs", null)], (await FeedbackOnAsync(chat)).Select(one => ((string)one["kind"]!, (int?)one["rating"])).Order());
        Assert.Equal([0, 1, 1], (await LedgerAsync()).Select(entry => entry.Event.NetChange).Order());
        Assert.Equal((await LedgerAsync())[^1].Event.Id, (string?)again.Body["id"]);

        using var taken = await _server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann&kind=rating");
        Assert.Equal(200, (int)taken.StatusCode);
        Assert.Equal("rating", (string?)JsonNode.Parse(await taken.Content.ReadAsStringAsync())!["retracts"]);
        Assert.Equal("thumbs", (string?)Assert.Single(await FeedbackOnAsync(chat))["kind"]);
        Assert.Equal(-1, (await LedgerAsync())[^1].Event.NetChange);
        using var gone = await _server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann&kind=rating");
        Assert.Equal(404, (int)gone.StatusCode);
        using var wrong = await _server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann&kind=stars");
        Assert.Equal(400, (int)wrong.StatusCode);
    }

    [Fact]
    public async Task What_is_said_of_a_conversation_is_shared_among_its_replies()
    {
        var chat = await _server.ChatAsync("A latte.");
        var conversation = (string)chat["conversation_id"]!;
        await _server.ChatAsync("And a tea.", ("metadata", new { conversation_id = conversation }));
        await _server.ThumbAsync((string)chat["id"]!, up: false, "ann");

        var (status, receipt) = await _server.PostAsync("v1/feedback", new { conversation_id = conversation, rater = "ann", thumbs = "up" });
        Assert.Equal((200, "up", conversation), (status, (string?)receipt["thumbs"], (string?)receipt["conversation_id"]));
        var shared = (await LedgerAsync()).Where(entry => entry.Event.Content?.Share is not null).ToList();
        Assert.Equal([0.5, 0.5], shared.Select(entry => entry.Event.Content!.Share!.Value));
        Assert.Equal([1, 0], shared.Select(entry => entry.Event.NetChange));
        var version = (await _server.GetAsync("v1/versions")).Body["versions"]![0]!;
        Assert.Equal((0, 1), ((int)version["thumbs_up"]!, (int)version["thumbs_down"]!)); // of the replies themselves
        Assert.Equal(404, (await _server.PostAsync("v1/feedback", new { conversation_id = "nobody", rater = "ann", thumbs = "up" })).Status);

        using var taken = await _server.Client.DeleteAsync($"v1/feedback?conversation_id={conversation}&rater=ann");
        Assert.Equal(200, (int)taken.StatusCode);
        Assert.Equal("down", (string?)Assert.Single(await FeedbackOnAsync(chat))["thumbs"]);
    }

    [Theory]
    [InlineData("""{"rating":6}""", "rating")]
    [InlineData("""{"rating":0}""", "rating")]
    [InlineData("""{"rating":2.5}""", "rating")]
    [InlineData("""{"thumbs":"up","rating":3}""", "rating")]
    [InlineData("""{"labels":{"mood":"kind"}}""", "labels.mood")]
    [InlineData("""{"labels":{"tone":"loud"}}""", "labels.tone")]
    [InlineData("""{"labels":{}}""", "labels")]
    [InlineData("""{"correction":""}""", "correction")]
    [InlineData("""{"correction":"  "}""", "correction")]
    [InlineData("""{"report":""}""", "report")]
    [InlineData("""{"signal":{"name":"sighed"}}""", "signal.name")]
    [InlineData("""{"signal":{"name":"edited"}}""", "signal.distance")]
    [InlineData("""{"signal":{"name":"copied","distance":0.5}}""", "signal.distance")]
    [InlineData("""{"comment":""}""", "thumbs")]
    [InlineData("""{"raiting":3,"thumbs":"up"}""", null)]
    public async Task What_makes_no_sense_is_refused_by_its_field_and_nothing_is_recorded(string value, string? param)
    {
        var body = JsonNode.Parse(value)!.AsObject();
        (body["completion_id"], body["rater"]) = ((string)(await _server.ChatAsync("A latte."))["id"]!, "ann");
        var (status, error) = await _server.PostAsync("v1/feedback", body);
        Assert.Equal((400, param), (status, (string?)error["error"]!["param"]));
        Assert.Empty(await LedgerAsync());
    }

    [Fact]
    public async Task A_correction_that_changes_nothing_or_does_not_fit_the_model_or_is_of_no_reply_is_refused()
    {
        var chat = await _server.ChatAsync("A latte.");
        var reply = (string)chat["choices"]![0]!["message"]!["content"]!;
        foreach (var correction in (string[])[reply, string.Concat(Enumerable.Repeat("latte and tea, ", 400))])
        {
            var (status, error) = await _server.PostAsync("v1/feedback", new { completion_id = (string)chat["id"]!, rater = "ann", correction });
            Assert.Equal((400, "correction"), (status, (string?)error["error"]!["param"]));
        }

        Assert.Equal(400, (await _server.PostAsync("v1/feedback", new { conversation_id = (string)chat["conversation_id"]!, rater = "ann", correction = "Here." })).Status);
        Assert.Empty(await LedgerAsync());
    }

    [Fact]
    public async Task A_batch_answers_each_of_its_pieces_in_order_and_may_be_sent_again()
    {
        var id = (string)(await _server.ChatAsync("A latte."))["id"]!;
        object[] items =
        [
            new { completion_id = id, rater = "ann", thumbs = "up" }, new { completion_id = id, rater = "ann", rating = 9 }, 7, new { completion_id = "chatcmpl-nobody-1", rater = "ann", rating = 3 },
            new { completion_id = id, rater = "ann", rating = 3 }, new { completion_id = id, rater = "ann", rating = 5 },
        ];
        var first = await BatchAsync(items);
        Assert.Equal([null, "rating", null, "completion_id", null, null], first.Select(result => (string?)result!["error"]?["param"]));
        Assert.Equal([false, true, true, true, false, false], first.Select(result => result!["error"] is not null));
        Assert.Equal(["thumbs", "rating", "rating"], first.Where(result => result!["error"] is null).Select(result => (string?)result!["kind"]));
        Assert.Equal([null, 3, 5], (await LedgerAsync()).Select(entry => entry.Event.Content?.Stars));

        Assert.Equal(first.ToJsonString(), (await BatchAsync(items)).ToJsonString());
        Assert.Equal(3, (await LedgerAsync()).Count);
        items[4] = new { completion_id = id, rater = "ann", rating = 1 };
        Assert.Equal("idempotency_key_reused", (string?)(await BatchAsync(items))[4]!["error"]!["code"]);
        Assert.Equal(400, (await _server.PostAsync("v1/feedback", new { items = Enumerable.Repeat(items[0], 1001) })).Status);
        Assert.Equal(400, (await _server.PostAsync("v1/feedback", new { items = Array.Empty<object>() })).Status);

        async Task<JsonArray> BatchAsync(object[] pieces)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = System.Net.Http.Json.JsonContent.Create(new { items = pieces }), Headers = { { "Idempotency-Key", "batch-1" } } };
            using var response = await _server.Client.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["results"]!.AsArray();
        }
    }

    [Fact]
    public async Task An_idempotency_key_records_any_kind_once()
    {
        var id = (string)(await _server.ChatAsync("A latte."))["id"]!;
        Assert.All(await Task.WhenAll(KeyedAsync("here"), KeyedAsync("here")), status => Assert.Equal(200, status));
        Assert.All(await Task.WhenAll(KeyedAsync("there"), KeyedAsync(null)), status => Assert.Equal(422, status));
        Assert.Single(await LedgerAsync());

        async Task<int> KeyedAsync(string? correction)
        {
            object body = correction is null ? new { completion_id = id, rater = "ann", thumbs = "up" } : new { completion_id = id, rater = "ann", correction };
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = System.Net.Http.Json.JsonContent.Create(body), Headers = { { "Idempotency-Key", "k" } } };
            using var response = await _server.Client.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    [Theory]
    [InlineData("--Feedback:Labels:tone:Answers:kind=2")]
    [InlineData("--Feedback:Labels:odd:Answers:only=1")]
    [InlineData("--Feedback:Labels:tone:Weight=0")]
    [InlineData("--Feedback:Labels:tone:Wait=1")]
    [InlineData("--Feedback:Signals:Copied=11")]
    [InlineData("--Feedback:Signals:Sighed=1")]
    [InlineData("--Feedback:ReportWeight=-1")]
    public async Task A_question_or_a_weight_that_makes_no_sense_is_told_at_the_start(string setting)
    {
        using var folder = new TemporaryFolder();
        var error = await Assert.ThrowsAsync<System.ComponentModel.DataAnnotations.ValidationException>(() => RunningServer.StartAsync(folder.Path, [.. Settings, setting]));
        Assert.Contains("Feedback", error.Message);
    }

    private async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _server = await RunningServer.StartAsync(_folder.Path, Settings);
    }

    private async Task<List<JsonNode>> FeedbackOnAsync(JsonNode chat) =>
        [.. (await _server.GetAsync($"v1/conversations/{chat["conversation_id"]}")).Body["turns"]![0]!["feedback"]!.AsArray().Select(one => one!)];

    private async Task<List<LedgerEntry>> LedgerAsync() => await _server.Services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).ToListAsync();
}
