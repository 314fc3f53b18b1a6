using System.Text.Json.Nodes;

namespace Rlhf.Server.Tests.Feedback;

public sealed class FeedbackTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private RunningServer Server => fixture.Server;

    [Fact]
    public async Task A_thumb_is_on_its_reply_and_a_repeat_overwrites_and_a_retraction_takes_it_away()
    {
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        var receipt = await Server.ThumbAsync(id, up: true, "ann");
        Assert.Equal("up", (string?)receipt["thumbs"]);
        Assert.Equal("base", (string?)receipt["version"]);
        await Server.ThumbAsync(id, up: false, "ann");
        await Server.ThumbAsync(id, up: true, "bob");
        Assert.Equal([("ann", "down"), ("bob", "up")], await ThumbsOnAsync(id));

        using var retracted = await Server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann");
        Assert.Equal(200, (int)retracted.StatusCode);
        Assert.Equal([("bob", "up")], await ThumbsOnAsync(id));

        using var again = await Server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=ann");
        Assert.Equal(404, (int)again.StatusCode);
    }

    [Fact]
    public async Task An_idempotency_key_records_a_thumb_once()
    {
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        var before = await TotalAsync();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = new StringContent($$"""{"completion_id":"{{id}}","thumbs":"up","rater":"ann"}""") };
            request.Headers.Add("Idempotency-Key", "press-1");
            using var response = await Server.Client.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
        }

        Assert.Equal(before + 1, await TotalAsync());
    }

    [Fact]
    public async Task An_idempotency_key_with_another_content_is_refused_and_nothing_is_recorded()
    {
        var first = (string)(await Server.ChatAsync("A latte."))["id"]!;
        var second = (string)(await Server.ChatAsync("A tea."))["id"]!;
        Assert.Equal(200, (await KeyedAsync("k1", first, "up", "ann")).Status);
        var before = await TotalAsync();

        foreach (var (id, thumbs, comment) in ((string, string, string?)[])[(first, "down", null), (second, "up", null), (first, "up", "well done")])
        {
            var (status, body) = await KeyedAsync("k1", id, thumbs, "ann", comment);
            Assert.Equal((422, "idempotency_key_reused", "Idempotency-Key"), (status, (string?)body["error"]!["code"], (string?)body["error"]!["param"]));
        }

        using var back = new HttpRequestMessage(HttpMethod.Delete, $"v1/feedback?completion_id={first}&rater=ann") { Headers = { { "Idempotency-Key", "k1" } } };
        using var refused = await Server.Client.SendAsync(back);
        Assert.Equal(422, (int)refused.StatusCode);
        Assert.Equal(400, (await KeyedAsync(new string('k', 129), first, "up", "ann")).Status);
        Assert.Equal(before, await TotalAsync());
        Assert.Equal([("ann", "up")], await ThumbsOnAsync(first));
    }

    [Fact]
    public async Task The_same_key_of_raters_whose_names_look_alike_is_two_keys()
    {
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        Assert.Equal(200, (await KeyedAsync("z", id, "up", "x/y")).Status);
        Assert.Equal(200, (await KeyedAsync("y/z", id, "down", "x")).Status);
        Assert.Equal([("x", "down"), ("x/y", "up")], (await ThumbsOnAsync(id)).Order());
    }

    [Fact]
    public async Task The_same_press_again_says_nothing_new()
    {
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        var first = await Server.ThumbAsync(id, up: true, "ann");
        var before = await TotalAsync();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(first.ToJsonString(), (await Server.ThumbAsync(id, up: true, "ann")).ToJsonString());
        }

        Assert.Equal(before, await TotalAsync());
        await Server.ThumbAsync(id, up: false, "ann");
        Assert.Equal(before + 1, await TotalAsync());
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("\u00a0")]
    [InlineData("\u2028")]
    [InlineData(" ann")]
    [InlineData("ann\n")]
    [InlineData("an\u0000n")]
    [InlineData("")]
    public async Task A_name_is_checked_by_one_rule_at_every_door(string name)
    {
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        var before = await TotalAsync();
        var message = new { role = "user", content = "hi" };
        var (rated, error) = await Server.PostAsync("v1/feedback", new { completion_id = id, thumbs = "up", rater = name });
        Assert.Equal((400, "rater"), (rated, (string?)error["error"]!["param"]));
        using var back = await Server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater={Uri.EscapeDataString(name)}");
        Assert.Equal(400, (int)back.StatusCode);
        var (_, imported) = await Server.PostAsync("v1/feedback/import", new
        {
            items = (object[])[
                new { id = "n1", messages = (object[])[message], completion = "hello", thumbs = "up", rater = name },
                new { id = "n2", messages = (object[])[message], completion = "hello", thumbs = "up", group = name },
                new { id = name, messages = (object[])[message], completion = "hello", thumbs = "up" }],
        });
        Assert.Equal((0, 3), ((int)imported["imported"]!, imported["rejected"]!.AsArray().Count));
        Assert.Equal(400, (await Server.PostAsync("v1/chat/completions", RunningServer.Ask("A latte.", ("user", name)))).Status);
        Assert.Equal(before, await TotalAsync());
    }

    [Fact]
    public async Task Names_in_any_script_are_names()
    {
        foreach (var name in (string[])["Jörg Müller", "小明", "عمر", "ann+bob@example.org", "👩‍🚀", "a/b%2F"])
        {
            var reply = await Server.ChatAsync("A latte.", ("user", name));
            await Server.ThumbAsync((string)reply["id"]!, up: true, name);
            Assert.Equal([(name, "up")], await ThumbsOnAsync((string)reply["id"]!));
        }
    }

    [Fact]
    public async Task A_retraction_that_is_sent_again_is_answered_as_before()
    {
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        await Server.ThumbAsync(id, up: true, "ann");
        var before = await TotalAsync();
        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"v1/feedback?completion_id={id}&rater=ann");
            request.Headers.Add("Idempotency-Key", "back-1");
            using var response = await Server.Client.SendAsync(request);
            Assert.Equal(200, (int)response.StatusCode);
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(before + 1, await TotalAsync());
    }

    [Fact]
    public async Task Another_users_conversation_can_be_neither_rated_nor_continued()
    {
        var reply = await Server.ChatAsync("A latte.", ("user", "ann"));
        var (id, conversation) = ((string)reply["id"]!, (string)reply["conversation_id"]!);

        var (rated, error) = await Server.PostAsync("v1/feedback", new { completion_id = id, thumbs = "up", rater = "bob" });
        Assert.Equal(403, rated);
        Assert.Contains("bob", (string?)error["error"]!["message"]);
        var named = new { conversation_id = conversation };
        Assert.Equal(403, (await Server.PostAsync("v1/chat/completions", RunningServer.Ask("And a tea.", ("user", "bob"), ("metadata", named)))).Status);
        Assert.Equal(403, (await Server.PostAsync("v1/chat/completions", RunningServer.Ask("And a tea.", ("metadata", named)))).Status);

        await Server.ThumbAsync(id, up: true, "ann");
        var second = await Server.ChatAsync("And a tea.", ("user", "ann"), ("metadata", named));
        Assert.EndsWith($"{conversation}-2", (string?)second["id"]);
    }

    [Fact]
    public async Task A_key_of_other_than_ASCII_is_refused_with_a_reason()
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(Server.Address.Host, Server.Address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes($"POST /v1/feedback HTTP/1.1\r\nHost: {Server.Address.Authority}\r\nConnection: close\r\nIdempotency-Key: caf\u00e9\r\nContent-Length: 2\r\n\r\n{{}}"));
        var answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("must be printable ASCII", answer);
    }

    [Fact]
    public async Task An_import_records_the_good_names_the_bad_and_knows_what_it_has()
    {
        var good = new { id = "t1", messages = new[] { new { role = "user", content = "hi" } }, completion = "hello", thumbs = "up" };
        object[] items = [good, new { id = "t2" }, 7, new { good.messages, good.completion, good.thumbs, id = "t3", group = "g", rater = "ann" }];

        var (status, first) = await Server.PostAsync("v1/feedback/import", new { items });
        Assert.Equal(200, status);
        Assert.Equal((2, 0), ((int)first["imported"]!, (int)first["duplicates"]!));
        Assert.Equal([1, 2], first["rejected"]!.AsArray().Select(item => (int)item!["index"]!));
        Assert.Contains("messages", (string?)first["rejected"]![0]!["error"]);

        var (_, second) = await Server.PostAsync("v1/feedback/import", new { items });
        Assert.Equal((0, 2), ((int)second["imported"]!, (int)second["duplicates"]!));
        Assert.Equal(400, (await Server.PostAsync("v1/feedback/import", new { items = Enumerable.Repeat(good, 501) })).Status);
    }

    [Fact]
    public async Task Versions_count_the_thumbs_that_their_replies_have_now()
    {
        var before = await BaseAsync();
        var id = (string)(await Server.ChatAsync("A latte."))["id"]!;
        await Server.ThumbAsync(id, up: true, "ann");
        await Server.ThumbAsync(id, up: false, "ann");
        await Server.ThumbAsync(id, up: false, "bob");
        using var _ = await Server.Client.DeleteAsync($"v1/feedback?completion_id={id}&rater=bob");

        var after = await BaseAsync();
        Assert.Equal((int)before["thumbs_up"]!, (int)after["thumbs_up"]!);
        Assert.Equal((int)before["thumbs_down"]! + 1, (int)after["thumbs_down"]!);
    }

    private async Task<(int Status, JsonNode Body)> KeyedAsync(string key, string completion, string thumbs, string rater, string? comment = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/feedback") { Content = System.Net.Http.Json.JsonContent.Create(new { completion_id = completion, thumbs, rater, comment }) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await Server.Client.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private async Task<JsonNode> BaseAsync() => (await Server.GetAsync("v1/versions")).Body["versions"]![0]!;

    private async Task<int> TotalAsync() => (int)(await Server.GetAsync("v1/learner")).Body["feedback_total"]!;

    private async Task<IEnumerable<(string, string)>> ThumbsOnAsync(string completion)
    {
        var conversation = completion["chatcmpl-".Length..completion.LastIndexOf('-')];
        var (_, body) = await Server.GetAsync($"v1/conversations/{conversation}");
        return body["turns"]![0]!["thumbs"]!.AsArray().Select(thumb => ((string)thumb!["rater"]!, (string)thumb["thumbs"]!)).Order();
    }
}
