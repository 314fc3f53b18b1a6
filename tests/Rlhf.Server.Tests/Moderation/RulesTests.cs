using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests.Telemetry;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Moderation;

/// <summary>Moderation by rules.</summary>
public sealed class RulesTests : IDisposable
{
    private const int Long = 60;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_request_that_matches_is_answered_with_nothing_and_stays_out_of_the_history()
    {
        await using var server = await StartAsync(new { name = "insults", pattern = @"(?i)\bidiot\b", where = "input" });
        var first = await server.ChatAsync("A latte.", ("metadata", new { history = "server" }));
        var conversation = (string)first["conversation_id"]!;
        var refused = await server.ChatAsync("You IDIOT!", ("metadata", new { history = "server", conversation_id = conversation }), ("logprobs", true));
        Assert.Equal(("content_filter", "", 0), ((string?)refused["choices"]![0]!["finish_reason"], Text(refused), (int)refused["usage"]!["total_tokens"]!));
        await server.ChatAsync("A tea, then.", ("metadata", new { history = "server", conversation_id = conversation }));

        var turns = (await server.GetAsync($"v1/conversations/{conversation}")).Body["turns"]!.AsArray();
        Assert.Equal([null, "insults", null], turns.Select(turn => (string?)turn!["filtered_by"]));
        Assert.Equal(["A latte.", Text(first), "A tea, then."], turns[2]!["messages"]!.AsArray().Select(message => (string?)message!["content"]));
        await server.ThumbAsync((string)refused["id"]!, up: false, "me");
        var (status, body) = await server.PostAsync("v1/chat/completions", RunningServer.Ask("Hm.", ("metadata", new { history = "server", parent = (string)refused["id"]! })));
        Assert.Equal((400, "metadata.parent"), (status, (string?)body["error"]!["param"]));

        using var stream = await server.AskAsync("You idiot!", ("stream", true));
        var events = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("\"finish_reason\":\"content_filter\"", events[^2]);
        Assert.Equal("data: [DONE]", events[^1]);
        Assert.True((await Scrape.OfAsync(server.Client)).Sum("rlhf_moderation_refused_total", ("rlhf_rule", "insults"), ("rlhf_side", "input")) >= 2);
    }

    [Fact]
    public async Task Of_a_dialogue_all_that_users_say_is_looked_at_and_nothing_else()
    {
        await using var server = await StartAsync(new { name = "insults", pattern = "idiot", where = "input" });
        var polite = JsonNode.Parse("""[{"role":"system","content":"Never say idiot."},{"role":"user","content":"Hello."},{"role":"assistant","content":"No, you idiot."},{"role":"user","content":"Sorry."}]""")!;
        Assert.NotEqual("content_filter", Finish(await server.ChatAsync("", ("messages", polite))));
        var hidden = JsonNode.Parse("""[{"role":"user","content":"You idiot!"},{"role":"assistant","content":"A reply that nobody drew."},{"role":"user","content":"Go on."}]""")!;
        Assert.Equal("content_filter", Finish(await server.ChatAsync("", ("messages", hidden))));
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 4)]
    [InlineData(true, 1000)]
    public async Task A_reply_that_comes_to_match_is_cut_before_any_of_the_match(bool stream, int holdBack)
    {
        var reply = await ReplyAsync();
        var bad = Enumerable.Range(reply.Length / 2, 20).Select(at => reply.Substring(at, 3)).First(part => reply.IndexOf(part, StringComparison.Ordinal) > 0);
        await using var server = await StartAsync(["--Moderation:HoldBack=" + holdBack], new { name = "bad", pattern = Regex.Escape(bad), where = "output" });
        string said, tokens, finish;
        if (stream)
        {
            using var response = await server.AskAsync("A latte.", ("max_tokens", Long), ("stream", true), ("logprobs", true));
            var chunks = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1].Select(line => JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!).ToList();
            said = string.Concat(chunks.Select(choice => (string?)choice["delta"]!["content"]));
            tokens = string.Concat(chunks.SelectMany(choice => choice["logprobs"]?["content"]?.AsArray() ?? []).Select(token => (string?)token!["token"]));
            finish = (string)chunks[^1]["finish_reason"]!;
        }
        else
        {
            var whole = await server.ChatAsync("A latte.", ("max_tokens", Long), ("logprobs", true));
            (said, finish) = (Text(whole), Finish(whole));
            tokens = string.Concat((whole["choices"]![0]!["logprobs"]?["content"]?.AsArray() ?? []).Select(token => (string?)token!["token"]));
        }

        Assert.Equal("content_filter", finish);
        Assert.StartsWith(said, reply);
        Assert.True(said.Length <= reply.IndexOf(bad, StringComparison.Ordinal), said);
        Assert.True(tokens.Length <= reply.IndexOf(bad, StringComparison.Ordinal), tokens);
        Assert.True(holdBack < 1000 || said.Length == 0, said);
    }

    [Fact]
    public async Task A_match_at_the_end_of_what_is_drawn_so_far_waits_for_what_comes_behind_it()
    {
        var reply = await ReplyAsync();
        var pattern = $@"[^{Regex.Escape(reply[^1..])}]\z"; // true of most of the reply's beginnings, and not of the reply
        await using var server = await StartAsync(["--Moderation:HoldBack=8"], new { name = "end", pattern, where = "output" });
        Assert.Equal(reply, Text(await server.ChatAsync("A latte.", ("max_tokens", Long))));
    }

    [Theory]
    [InlineData("""{"name":"a","pattern":"x","wher":"input"}""", "line 2")]
    [InlineData("""{"name":"a","pattern":"(x"}""", "line 2: 'pattern'")]
    [InlineData("""{"name":"a","pattern":"(x)\\1"}""", "line 2: 'pattern'")]
    [InlineData("""{"name":"a","pattern":"x*"}""", "empty text")]
    [InlineData("""{"name":"a","pattern":"x","where":"there"}""", "input, output or both")]
    [InlineData("""{"name":"a b","pattern":"x"}""", "line 2: 'name'")]
    [InlineData("""{"name":"a"}""", "line 2: 'pattern' is missing")]
    [InlineData("nonsense", "line 2")]
    public void A_rule_that_is_none_keeps_the_server_from_starting(string line, string says)
    {
        var file = Path.Combine(_folder.Path, "rules.jsonl");
        File.WriteAllText(file, $"{JsonSerializer.Serialize(new { name = "good", pattern = "x" })}\n{line}\n");
        var error = Assert.Throws<ValidationException>(() => Create($"--Moderation:Rules={file}"));
        Assert.Contains(file, error.Message);
        Assert.Contains(says, error.Message);
        Assert.Equal(error.Message, StartupError.Explain(error));
    }

    [Theory]
    [InlineData("Moderation:Rules=nowhere.jsonl", "nowhere.jsonl")]
    [InlineData("Moderation:Url=moderations", "Url must be an address")]
    [InlineData("Moderation:HoldBack=0", "HoldBack")]
    [InlineData("Moderation:Timeout=00:00:00", "Timeout")]
    [InlineData("Moderation:Rule=x", "'Moderation:Rules'")]
    public void A_setting_that_makes_no_sense_keeps_the_server_from_starting(string setting, string says) =>
        Assert.Contains(says, Assert.Throws<ValidationException>(() => Create($"--{setting}")).Message);

    public void Dispose() => _folder.Dispose();

    private void Create(string setting) => RlhfApp.Create(["--urls", "http://127.0.0.1:0", "--data", Path.Combine(_folder.Path, "data"), "--model", TinyModel.Folder, setting]);

    private Task<RunningServer> StartAsync(params object[] rules) => StartAsync([], rules);

    private Task<RunningServer> StartAsync(string[] settings, params object[] rules)
    {
        var file = Path.Combine(_folder.Path, "rules.jsonl");
        File.WriteAllLines(file, rules.Select(rule => JsonSerializer.Serialize(rule)));
        return RunningServer.StartAsync(Path.Combine(_folder.Path, "data"), [$"--Moderation:Rules={file}", .. settings]);
    }

    /// <summary>What the model says where nothing is moderated.</summary>
    private async Task<string> ReplyAsync()
    {
        await using var open = await RunningServer.StartAsync(Path.Combine(_folder.Path, "open"));
        return Text(await open.ChatAsync("A latte.", ("max_tokens", Long)));
    }

    private static string Text(JsonNode completion) => (string)completion["choices"]![0]!["message"]!["content"]!;

    private static string Finish(JsonNode completion) => (string)completion["choices"]![0]!["finish_reason"]!;
}
