using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Server.Tests.Keys;
using Rlhf.Storage;

namespace Rlhf.Server.Tests.Feedback;

public sealed class LangfuseTests(ShapesFixture fixture) : IClassFixture<ShapesFixture>
{
    private const string Scores = "api/public/scores";
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task Scores_are_recorded_shown_and_taken_back()
    {
        var reply = await Server.ChatAsync("A latte.", ("metadata", new { conversation_id = "order" }), ("user", "ann"));
        var id = (string)reply["id"]!;
        var thumb = await CreateAsync(new { name = "user-feedback", value = 1, dataType = "BOOLEAN", traceId = "order", observationId = id, comment = "Nice." });
        var rating = await CreateAsync(new { name = "rating", value = 4, traceId = id, metadata = new { userId = "ann", place = "till" } });
        var tone = await CreateAsync(new { name = "tone", value = "rude", dataType = "CATEGORICAL", traceId = id });
        var right = await CreateAsync(new { name = "right", value = 1, dataType = "BOOLEAN", traceId = id });
        var session = await CreateAsync(new { name = "thumbs", value = "positive", sessionId = "order", environment = "test" });

        var shown = await ShowAsync(thumb);
        Assert.Equal(
            ("user-feedback", "order", id, "BOOLEAN", 1.0, "True", "Nice.", "API"),
            ((string?)shown["name"], (string?)shown["traceId"], (string?)shown["observationId"], (string?)shown["dataType"], (double?)shown["value"], (string?)shown["stringValue"], (string?)shown["comment"], (string?)shown["source"]));
        Assert.Equal(("NUMERIC", 4.0), ((string?)(await ShowAsync(rating))["dataType"], (double?)(await ShowAsync(rating))["value"]));
        Assert.Equal(("rude", "yes"), ((string?)(await ShowAsync(tone))["stringValue"], (string?)(await ShowAsync(right))["stringValue"]));
        Assert.Null((await ShowAsync(session))["observationId"]);
        var said = (await LedgerAsync()).Where(one => one.Group == "order").ToList();
        Assert.All(said, one => Assert.Equal("ann", one.Rater)); // the owner, where nobody is named
        Assert.Equal(["place:till", "environment:test"], said.SelectMany(one => one.Tags));

        // A label that is taken back leaves the others.
        Assert.Equal(200, await DeleteAsync(tone));
        Assert.Equal((404, 404), (await DeleteAsync(tone), (await Server.GetAsync($"{Scores}/{tone}")).Status));
        Assert.Equal("yes", (string?)(await ShowAsync(right))["stringValue"]);
        foreach (var score in (string[])[thumb, rating, right, session])
        {
            Assert.Equal((200, 404), (await DeleteAsync(score), await DeleteAsync(score)));
        }

        Assert.Empty((await Server.GetAsync("v1/conversations/order")).Body["turns"]![0]!["feedback"]!.AsArray());
    }

    [Theory]
    [InlineData("""{"value":1,"traceId":"ID"}""", "name")]
    [InlineData("""{"name":"thumbs","traceId":"ID"}""", "value")]
    [InlineData("""{"name":"thumbs","value":1}""", "traceId")]
    [InlineData("""{"name":"thumbs","value":true,"traceId":"ID"}""", "value")]
    [InlineData("""{"name":"thumbs","value":2,"traceId":"ID","dataType":"BOOLEAN"}""", "1 or 0")]
    [InlineData("""{"name":"thumbs","value":"up","traceId":"ID","dataType":"NUMERIC"}""", "NUMERIC")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"ID","dataType":"CATEGORICAL"}""", "CATEGORICAL")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"ID","dataType":"TEXT"}""", "dataType")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"ID","configId":"c-1"}""", "configId")]
    [InlineData("""{"name":"thumbs","value":1,"datasetRunId":"r-1"}""", "datasetRunId")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"other","observationId":"ID"}""", "observationId")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"ID","sessionId":"s"}""", "sessionId")]
    [InlineData("""{"name":"hallucination","value":0,"traceId":"ID"}""", "Feedback:Metrics")]
    [InlineData("""{"name":"rating","value":0.9,"traceId":"ID"}""", "Feedback:Metrics:rating:Min")]
    [InlineData("""{"name":"tone","value":"blunt","traceId":"ID"}""", "kind, rude")]
    [InlineData("""{"name":"comment","value":"a","comment":"b","traceId":"ID"}""", "comment")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"ID","metadata":{"a":{}}}""", "metadata.a")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"ID","metadata":{"userId":"a\u0000b"}}""", "metadata")]
    [InlineData("""{"name":"thumbs","value":1,"traceId":"a b"}""", "traceId", 404)]
    [InlineData("""{"name":"thumbs","value":1,"observationId":"chatcmpl-nobody-1"}""", "chatcmpl-nobody-1", 404)]
    public async Task What_cannot_be_read_is_refused_in_Langfuses_shape_and_nothing_is_recorded(string body, string named, int expected = 400)
    {
        var (id, before) = ((string)(await Server.ChatAsync("A latte."))["id"]!, await LedgerAsync());
        using var response = await Server.Client.PostAsync(Scores, new StringContent(body.Replace("ID", id)));
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal((expected, expected == 404 ? "LangfuseNotFoundError" : "InvalidRequestError"), ((int)response.StatusCode, (string?)answer["error"]));
        Assert.Contains(named, (string)answer["message"]!);
        Assert.Equal(2, answer.Count);
        Assert.Equal(before.Count, (await LedgerAsync()).Count);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("W10")] // []
    [InlineData("WzEsMiwzLDQsNSw2XQ")] // [1,2,3,4,5,6]
    public async Task What_is_no_score_is_not_found(string id)
    {
        var (status, body) = await Server.GetAsync($"{Scores}/{id}");
        Assert.Equal((404, "LangfuseNotFoundError"), (status, (string?)body["error"]));
    }

    [Fact]
    public async Task The_secret_key_is_the_password_and_another_clients_score_is_not_there()
    {
        await using var keyed = await KeyedServer.StartAsync();
        var (_, key) = await keyed.MakeAsync("app");
        using var app = await keyed.ClientAsync("app", "--another");
        var id = (string)(await KeyedServer.AskAsync(app, "A latte.")).Body["id"]!;
        using var basic = keyed.Client(null);
        basic.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"pk-lf-anything:{key}")));
        var (status, made) = await KeyedServer.ReadAsync(await basic.PostAsJsonAsync(Scores, new { name = "thumbs", value = 1, traceId = id }));
        Assert.Equal(200, status);
        Assert.Equal("app", (await keyed.Server.Services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).SingleAsync()).Event.Rater); // nobody else is known

        using var other = await keyed.ClientAsync("other");
        Assert.Equal(404, (await KeyedServer.ReadAsync(await other.GetAsync($"{Scores}/{made["id"]}"))).Status);
        Assert.Equal(404, (await KeyedServer.ReadAsync(await other.DeleteAsync($"{Scores}/{made["id"]}"))).Status);
        Assert.Equal(404, (await KeyedServer.ReadAsync(await other.PostAsJsonAsync(Scores, new { name = "thumbs", value = 1, traceId = id }))).Status);
        using var wrong = keyed.Client(null);
        wrong.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("pk:sk-wrong"u8));
        var (refused, error) = await KeyedServer.ReadAsync(await wrong.PostAsJsonAsync(Scores, new { name = "thumbs", value = 1, traceId = id }));
        Assert.Equal((401, "UnauthorizedError"), (refused, (string?)error["error"]));
    }

    private async Task<string> CreateAsync(object score)
    {
        var (status, body) = await Server.PostAsync(Scores, score);
        Assert.True(status == 200, body.ToJsonString());
        return (string)body["id"]!;
    }

    private async Task<JsonNode> ShowAsync(string id)
    {
        var (status, body) = await Server.GetAsync($"{Scores}/{id}");
        Assert.True(status == 200, body.ToJsonString());
        return body;
    }

    private async Task<int> DeleteAsync(string id)
    {
        using var response = await Server.Client.DeleteAsync($"{Scores}/{id}");
        return (int)response.StatusCode;
    }

    private async Task<List<FeedbackEvent>> LedgerAsync() => await Server.Services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).Select(entry => entry.Event).ToListAsync();
}
