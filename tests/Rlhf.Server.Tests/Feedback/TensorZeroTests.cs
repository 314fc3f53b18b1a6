using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Server.Tests.Keys;
using Rlhf.Storage;

namespace Rlhf.Server.Tests.Feedback;

public sealed class TensorZeroTests(ShapesFixture fixture) : IClassFixture<ShapesFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task Each_metric_becomes_the_feedback_that_it_stands_for()
    {
        (string Metric, object Value, Func<FeedbackEvent, bool> Holds)[] cases =
        [
            ("thumbs_up", true, said => said is { Kind: FeedbackKind.Thumbs, Up: true }),
            ("thumbs_up", false, said => said is { Kind: FeedbackKind.Thumbs, Up: false }),
            ("draft_accepted", false, said => said is { Kind: FeedbackKind.Accepted, Content.Positive: false }),
            ("user_rating", 4, said => said is { Kind: FeedbackKind.Rating, Content.Stars: 4 }),
            ("csat", 10, said => said is { Kind: FeedbackKind.Rating, Content.Stars: 5 }),
            ("csat", 2.4, said => said is { Kind: FeedbackKind.Rating, Content.Stars: 2 }),
            ("toxicity", 0.1, said => said is { Kind: FeedbackKind.Thumbs, Up: true }),
            ("tone", "rude", said => said is { Kind: FeedbackKind.Labels } && said.Content!.Labels!.Value.Contains(new LabelAnswer("tone", "rude"))),
            ("right", true, said => said is { Kind: FeedbackKind.Labels } && said.Content!.Labels!.Value.SequenceEqual([new LabelAnswer("right", "yes"), new LabelAnswer("tone", "rude")])), // beside the other one
            ("comment", "Too long.", said => said is { Kind: FeedbackKind.Comment, Comment: "Too long." }),
            ("demonstration", "Here is your latte.", said => said is { Kind: FeedbackKind.Correction, Content.Text: "Here is your latte." }),
            ("demonstration", new[] { new { type = "text", text = "Here it " }, new { type = "text", text = "is." } }, said => said is { Kind: FeedbackKind.Correction, Content.Text: "Here it is." }),
            ("edited", 0.25, said => said is { Kind: FeedbackKind.Signal, Content: { Signal: "edited", Distance: 0.25 } }),
            ("copied", true, said => said is { Kind: FeedbackKind.Signal, Content.Signal: "copied" }),
        ];
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        foreach (var (metric, value, holds) in cases)
        {
            var (status, body) = await GiveAsync(new { metric_name = metric, inference_id = id, value, tags = new { user_id = "ann", place = "till" } });
            Assert.True(status == 200, $"{metric}: {body}");
            Assert.True(Guid.TryParse((string?)body["feedback_id"], out _) && body.AsObject().Count == 1, body.ToJsonString());
            var said = (await LedgerAsync())[^1];
            Assert.True(holds(said), $"{metric} {value}: {said}");
            Assert.Equal(("ann", "place:till"), (said.Rater, said.Tags.Single()));
        }
    }

    [Fact]
    public async Task An_episode_is_a_conversation_and_its_owner_the_rater_where_nobody_is_named()
    {
        await Server.ChatAsync("A latte.", ("user", "ann"), ("metadata", new { conversation_id = "order" }));
        Assert.Equal(200, (await GiveAsync(new { metric_name = "rating", episode_id = "order", value = 5 })).Status);
        var recorded = await LedgerAsync();
        var said = recorded[^1];
        Assert.Equal(("ann", 1.0), (said.Rater, said.Content!.Share));

        Assert.Equal(200, (await GiveAsync(new { metric_name = "rating", episode_id = "order", value = 1, dryrun = true })).Status);
        Assert.Equal(recorded.Count, (await LedgerAsync()).Count); // only looked at
        Assert.Equal(404, (await GiveAsync(new { metric_name = "rating", episode_id = "nobody", value = 1, dryrun = true })).Status);
        Assert.Equal(404, (await GiveAsync(new { metric_name = "rating", inference_id = "chatcmpl-order-7", value = 1, dryrun = true })).Status);
    }

    [Theory]
    [InlineData("""{"inference_id":"ID","value":true}""", "metric_name")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID"}""", "value")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":null}""", "value")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":"perhaps"}""", "perhaps")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":0.7}""", "Feedback:Metrics:thumbs_up:Min")]
    [InlineData("""{"metric_name":"thumbs_up","value":true}""", "inference_id")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":"\ud800"}""", "not valid Unicode")]
    [InlineData("""{"metric_name":"comment","inference_id":"ID","value":[{"type":"text","text":"\ud800"}]}""", "not valid Unicode")]
    [InlineData("""{"metric_name":"thumbs_up","value":true,"inference_id":"ID","episode_id":"c"}""", "episode_id")]
    [InlineData("""{"metric_name":"unheard_of","inference_id":"ID","value":1}""", "unheard_of")]
    [InlineData("""{"metric_name":"rating","inference_id":"ID","value":6}""", "1, 2, 3, 4 or 5")]
    [InlineData("""{"metric_name":"rating","inference_id":"ID","value":1e400}""", "value")]
    [InlineData("""{"metric_name":"csat","inference_id":"ID","value":11}""", "from 0 to 10")]
    [InlineData("""{"metric_name":"tone","inference_id":"ID","value":"blunt"}""", "'value' must be one of kind, rude")]
    [InlineData("""{"metric_name":"comment","inference_id":"ID","value":7}""", "a text")]
    [InlineData("""{"metric_name":"demonstration","inference_id":"ID","value":" "}""", "'value' is empty")]
    [InlineData("""{"metric_name":"demonstration","inference_id":"ID","value":[{"type":"image"}]}""", "type text")]
    [InlineData("""{"metric_name":"demonstration","episode_id":"CONVERSATION","value":"Better."}""", "inference_id")]
    [InlineData("""{"metric_name":"edited","inference_id":"ID","value":1.5}""", "value")]
    [InlineData("""{"metric_name":"copied","inference_id":"ID","value":false}""", "no signal")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":true,"tags":{"user_id":""}}""", "tags")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":true,"tags":{"user_id":7}}""", "tags")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"ID","value":true,"weight":7}""", "weight")]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"../x","value":true}""", "../x", 404)]
    [InlineData("""{"metric_name":"thumbs_up","inference_id":"chatcmpl-nobody-1","value":true}""", "chatcmpl-nobody-1", 404)]
    [InlineData("[]", "object")]
    [InlineData("{", "JSON")]
    public async Task What_cannot_be_read_is_refused_in_TensorZeros_shape_and_nothing_is_recorded(string body, string named, int expected = 400)
    {
        var (reply, before) = (await Server.ChatAsync("A latte."), await LedgerAsync());
        using var response = await Server.Client.PostAsync("feedback", new StringContent(body.Replace("ID", (string)reply["id"]!).Replace("CONVERSATION", (string)reply["conversation_id"]!)));
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal((expected, "error"), ((int)response.StatusCode, answer.Single().Key));
        Assert.Contains(named, (string)answer["error"]!);
        Assert.Equal(before.Count, (await LedgerAsync()).Count);
    }

    [Fact]
    public async Task Without_a_key_that_may_rate_it_is_refused_in_TensorZeros_shape()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var nobody = keyed.Client(null);
        using var watcher = await keyed.ClientAsync("watcher", "--roles", "watch");
        foreach (var (client, status) in new[] { (nobody, 401), (watcher, 403) })
        {
            var (answered, body) = await KeyedServer.ReadAsync(await client.PostAsJsonAsync("feedback", new { metric_name = "thumbs", inference_id = "chatcmpl-c-1", value = true }));
            Assert.Equal((status, "error"), (answered, body.AsObject().Single().Key));
        }
    }

    private Task<(int Status, JsonNode Body)> GiveAsync(object body) => Server.PostAsync("feedback", body);

    private async Task<List<FeedbackEvent>> LedgerAsync() => await Server.Services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).Select(entry => entry.Event).ToListAsync();
}
