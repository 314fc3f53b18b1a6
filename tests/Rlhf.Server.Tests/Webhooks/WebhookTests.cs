using System.ComponentModel.DataAnnotations;
using System.Net;
using Rlhf.Server.Tests.Keys;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Webhooks;

public sealed class WebhookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Feedback_is_told_in_order_signed_and_with_what_it_says()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await StartAsync(receiver);
        var reply = await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "c" }));
        var id = (string)reply["id"]!;
        await server.ThumbAsync(id, up: true, "ann");
        await server.ThumbAsync(id, up: false, "ann");
        Assert.Equal(200, (await server.PostAsync("v1/feedback", new { completion_id = id, rater = "ann", correction = "Here it is." })).Status);
        await server.ChatAsync("And a tea.", ("metadata", new { conversation_id = "c" }));
        Assert.Equal(200, (await server.PostAsync("v1/feedback", new { conversation_id = "c", rater = "bob", rating = 4 })).Status); // two events of the ledger, one statement
        using var taken = await server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann");
        Assert.Equal(200, (int)taken.StatusCode);
        var other = await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "d" }));
        Assert.Equal(200, (await server.PostAsync("v1/comparisons", new { rater = "ann", ranking = (string[][])[[id], [(string)other["id"]!]] })).Status); // and its part in the other conversation
        await RunningServer.Until(() => receiver.Taken.Count >= 6); // what is erased before it was sent is never sent
        using var erased = await server.Client.DeleteAsync("v1/conversations/c");
        Assert.Equal(200, (int)erased.StatusCode);

        await RunningServer.Until(() => receiver.Taken.Count >= 7);
        await CaughtUpAsync(server);
        Assert.Equal(0, receiver.Forged);
        var told = receiver.Taken;
        Assert.Equal(
            [("feedback.created", "thumbs"), ("feedback.created", "thumbs"), ("feedback.created", "correction"), ("feedback.created", "rating"), ("feedback.deleted", "retraction"), ("feedback.created", "comparison")],
            told.Take(6).Select(one => (one.Type, (string?)one.Data["kind"])));
        Assert.Equal(["up", "down"], told.Take(2).Select(one => (string?)one.Data["thumbs"]));
        Assert.Equal(("Here it is.", "base", 3L), ((string?)told[2].Data["correction"], (string?)told[2].Data["version"], (long?)told[2].Data["sequence"]));
        Assert.Equal("c", (string?)told[3].Data["conversation_id"]);
        Assert.Equal(("feedback.erased", "conversation"), (told[^1].Type, (string?)told[^1].Data["reason"]));
        Assert.Equal(told.Count, told.Select(one => one.Id).Distinct().Count());
    }

    [Fact]
    public async Task What_was_erased_is_not_sent_to_a_slow_endpoint_after_the_erasure_was_answered()
    {
        using var turns = new SemaphoreSlim(0);
        await using var receiver = await Receiver.StartAsync();
        receiver.Turns = turns;
        await using var server = await RunningServer.StartAsync(_folder.Path, [.. Settings(receiver, 0), "--Webhooks:Timeout=00:00:25"]);
        var id = (string)(await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "c" })))["id"]!;
        await server.ThumbAsync(id, up: true, "ann");
        await RunningServer.Until(() => receiver.Asked == 1);
        await server.ThumbAsync(id, up: true, "bob"); // while the first waits, so that these are read together
        await server.ThumbAsync(id, up: true, "cat");
        await server.ThumbAsync(id, up: true, "dan");
        turns.Release();
        await RunningServer.Until(() => receiver.Asked == 2);
        using var erased = await server.Client.DeleteAsync("v1/conversations/c");
        Assert.Equal(200, (int)erased.StatusCode);
        turns.Release(100);

        await CaughtUpAsync(server);
        Assert.Equal(
            [("feedback.created", "ann"), ("feedback.created", "bob"), ("feedback.erased", null)], // bob's was on its way
            receiver.Taken.Select(one => (one.Type, (string?)one.Data["rater"])));
        Assert.Equal(3L, (long)(await server.GetAsync("v1/webhooks")).Body["webhooks"]![0]!["feedback"]!["delivered"]!);
    }

    [Fact]
    public async Task An_endpoint_that_is_away_loses_nothing_and_holds_nobody_up_and_the_operator_sees_why()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = HttpStatusCode.InternalServerError;
        string first;
        await using (var server = await StartAsync(receiver))
        {
            first = (string)(await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "c" })))["id"]!;
            await server.ThumbAsync(first, up: true, "ann"); // answered although nobody takes the message
            await server.ThumbAsync(first, up: false, "ann");
            await RunningServer.Until(() => receiver.Asked >= 3);
            var (_, body) = await server.GetAsync("v1/webhooks");
            var shown = body["webhooks"]![0]!;
            Assert.Equal((0L, 2L, 0L), ((long)shown["feedback"]!["cursor"]!, (long)shown["feedback"]!["lag"]!, (long)shown["feedback"]!["delivered"]!));
            Assert.Contains("500", (string)shown["feedback"]!["last_error"]!);
            Assert.NotNull(shown["feedback"]!["retry_at"]);
            Assert.DoesNotContain("hidden", body.ToJsonString());
            Assert.DoesNotContain(Receiver.Secret, body.ToJsonString());
        }

        // The server's end lost nothing of it, and what comes next comes after it.
        receiver.Answer = HttpStatusCode.OK;
        await using var again = await StartAsync(receiver);
        await again.ThumbAsync(first, up: true, "bob");
        await RunningServer.Until(() => receiver.Taken.Count >= 3);
        await CaughtUpAsync(again);
        Assert.Equal([(true, "ann"), (false, "ann"), (true, "bob")], receiver.Taken.Select(one => ((string?)one.Data["thumbs"] == "up", (string?)one.Data["rater"])));
        Assert.Null((await again.GetAsync("v1/webhooks")).Body["webhooks"]![0]!["feedback"]!["last_error"]);
    }

    [Fact]
    public async Task One_endpoint_that_fails_holds_no_other_up_and_each_hears_what_it_asked_for()
    {
        await using var good = await Receiver.StartAsync();
        await using var bad = await Receiver.StartAsync();
        bad.Answer = HttpStatusCode.Redirect; // is not followed
        await using var server = await RunningServer.StartAsync(_folder.Path, [.. Settings(bad, 0), .. Settings(good, 1), "--Webhooks:Endpoints:1:Events:0=feedback.deleted", "--Webhooks:Endpoints:1:Name=deletions"]);
        var id = (string)(await server.ChatAsync("A latte."))["id"]!;
        await server.ThumbAsync(id, up: true, "ann");
        using var taken = await server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann");
        await RunningServer.Until(() => good.Taken.Count >= 1 && bad.Asked >= 1);
        Assert.Equal("feedback.deleted", Assert.Single(good.Taken).Type);
        Assert.Empty(bad.Taken);
        Assert.Equal("deletions", (string?)(await server.GetAsync("v1/webhooks")).Body["webhooks"]![1]!["name"]);
    }

    [Fact]
    public async Task A_new_endpoint_is_told_of_what_comes_and_not_of_what_was()
    {
        await using var receiver = await Receiver.StartAsync();
        string id;
        await using (var before = await RunningServer.StartAsync(_folder.Path))
        {
            id = (string)(await before.ChatAsync("A latte."))["id"]!;
            await before.ThumbAsync(id, up: true, "ann");
        }

        await using var server = await StartAsync(receiver);
        await server.ThumbAsync(id, up: true, "bob");
        await RunningServer.Until(() => receiver.Taken.Count >= 1);
        await CaughtUpAsync(server);
        Assert.Equal("bob", (string?)Assert.Single(receiver.Taken).Data["rater"]);
    }

    [Fact]
    public async Task Only_operators_and_watchers_see_the_webhooks()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var app = await keyed.ClientAsync("app", "--roles", "chat,rate");
        using var watcher = await keyed.ClientAsync("watcher", "--roles", "watch");
        Assert.Equal((403, 200), ((int)(await app.GetAsync("v1/webhooks")).StatusCode, (int)(await watcher.GetAsync("v1/webhooks")).StatusCode));
    }

    [Theory]
    [InlineData("Url=ftp://example.com", "Url must be an http or https address")]
    [InlineData("Secret=short", "Secret must be")]
    [InlineData("Secret=whsec_not base64", "Secret must be")]
    [InlineData("Events:0=feedback.exploded", "feedback.exploded")]
    [InlineData("Name=a/b", "Name must be")]
    [InlineData("Secrets=x", "the nearest is 'Webhooks:Endpoints:0:Secret'")]
    public async Task A_wrong_endpoint_keeps_the_server_from_starting(string setting, string named)
    {
        string[] good = ["--Webhooks:Endpoints:0:Url=http://127.0.0.1:1/hook", $"--Webhooks:Endpoints:0:Secret={Receiver.Secret}"];
        var error = await Assert.ThrowsAsync<ValidationException>(() => RunningServer.StartAsync(_folder.Path, [.. good, $"--Webhooks:Endpoints:0:{setting}"]));
        Assert.Contains(named, error.Message);
        Assert.DoesNotContain("bm9ib2R5", error.Message);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Settings(Receiver receiver, int index) =>
    [
        $"--Webhooks:Endpoints:{index}:Url={receiver.Url}", $"--Webhooks:Endpoints:{index}:Secret={Receiver.Secret}",
        "--Webhooks:Every=00:00:00.020", "--Webhooks:FirstPause=00:00:00.020", "--Webhooks:LongestPause=00:00:00.050",
    ];

    private static async Task CaughtUpAsync(RunningServer server)
    {
        while ((long?)(await server.GetAsync("v1/webhooks")).Body["webhooks"]![0]!["feedback"]!["lag"] != 0)
        {
            await Task.Yield();
        }
    }

    private Task<RunningServer> StartAsync(Receiver receiver) => RunningServer.StartAsync(_folder.Path, Settings(receiver, 0));
}
