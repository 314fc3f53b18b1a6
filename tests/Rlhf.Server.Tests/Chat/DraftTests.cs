using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Server.Tests.Keys;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Chat;

public sealed class DraftTests : IDisposable
{
    private static readonly string[] Canary = ["--Versions:Canary=true", "--Versions:CanaryShare=0.5"];
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Drafts_are_of_several_versions_and_nobody_who_rates_is_told_which()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, Canary);
        await PublishedVersion.PublishAsync(server, "v1");
        var orders = new HashSet<string>();
        for (var asked = 0; orders.Count < 2; asked++)
        {
            Assert.True(asked < 64, "always the same first");
            var reply = await DraftsAsync(server, $"c{asked}");
            var turns = await TurnsAsync(server, $"c{asked}");
            Assert.Equal(["base", "v1"], turns.Select(turn => turn.Version).Order());
            Assert.Equal([0, 1], turns.Select(turn => turn.Draft!.Index).Order());
            Assert.Single(turns.Select(turn => turn.Draft!.Set).Distinct());
            orders.Add(turns.Single(turn => turn.Draft!.Index == 0).Version);

            // What is shown at an index is the draft of that index.
            Assert.All(reply["choices"]!.AsArray(), choice => Assert.Equal(
                (string)choice!["completion_id"]!, Ids(turns.Single(turn => turn.Draft!.Index == (int)choice["index"]!))));
            Assert.DoesNotContain("v1", reply.ToJsonString());
            Assert.DoesNotContain("base", reply.ToJsonString());
            Assert.Null(reply["usage"]!["prompt_tokens_details"]); // what one version has read before is another's first sight
        }

        var (first, second) = (Id(await DraftsAsync(server, "c", ("user", "ann")), 0), Id(await server.ChatAsync("A latte.", Draft("versions"), ("metadata", new { conversation_id = "d", draft = "versions" })), 1));
        var compared = await server.PostAsync("v1/comparisons", new { rater = "ann", ranking = (string[][])[[first], [second]] });
        Assert.Equal(200, compared.Status);
        var rated = await server.PostAsync("v1/feedback", new { completion_id = first, rater = "ann", rating = 4 });
        var (_, shown) = await server.GetAsync("v1/conversations/c");
        var (_, exported) = await server.GetAsync("v1/users/ann");
        Assert.All((JsonNode[])[compared.Body, rated.Body, shown, exported], body =>
        {
            Assert.DoesNotContain("\"v1\"", body.ToJsonString());
            Assert.DoesNotContain("\"base\"", body.ToJsonString());
        });
        Assert.Equal((0, 1), ((int)shown["turns"]![0]!["draft"]!["index"]! + (int)shown["turns"]![1]!["draft"]!["index"]! - 1, shown["turns"]!.AsArray().Select(turn => (string)turn!["draft"]!["set"]!).Distinct().Count()));

        // The ledger knows all of it.
        var recorded = await server.Services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).Select(entry => entry.Event).ToListAsync();
        Assert.All(recorded, said => Assert.True(said.Version is "base" or "v1" && said.Draft is { Blind: true }));
    }

    [Fact]
    public async Task A_stream_of_drafts_tells_no_version_and_an_operators_key_is_told()
    {
        await using var keyed = await KeyedServer.StartAsync(Canary);
        await PublishedVersion.PublishAsync(keyed.Server, "v1");
        using var app = await keyed.ClientAsync("app");
        using var boss = await keyed.ClientAsync("boss", "--roles", "chat,operate");
        using var stream = await app.PostAsync("v1/chat/completions", Body(("stream", true), Draft("versions")));
        var text = await stream.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]\n\n", text);
        Assert.Contains("\"index\":1", text);
        Assert.DoesNotContain("model_version", text);
        Assert.DoesNotContain("demo:", text);

        var (_, told) = await KeyedServer.ReadAsync(await boss.PostAsync("v1/chat/completions", Body(Draft("versions"))));
        Assert.Equal(["base", "v1"], told["choices"]!.AsArray().Select(choice => (string)choice!["model_version"]!).Order());
        var (_, rated) = await KeyedServer.ThumbAsync(boss, Id(told, 1), "boss");
        Assert.Equal((string)told["choices"]![1]!["model_version"]!, (string)rated["version"]!);
    }

    [Fact]
    public async Task A_conversation_stays_with_its_version_whichever_drafts_it_had()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, Canary);
        await PublishedVersion.PublishAsync(server, "v1");
        for (var i = 0; i < 4; i++)
        {
            var conversation = $"c{i}";
            var before = (string)(await server.ChatAsync("A latte.", ("metadata", new { conversation_id = conversation })))["model_version"]!;
            await DraftsAsync(server, conversation);
            Assert.Equal(before, (string)(await server.ChatAsync("A tea.", ("metadata", new { conversation_id = conversation })))["model_version"]!);
        }
    }

    [Fact]
    public async Task A_history_on_the_server_goes_on_from_the_preferred_draft_and_else_from_the_first()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path, Canary);
        await PublishedVersion.PublishAsync(server, "v1");
        var drafts = await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "c", history = "server", draft = "versions" }));
        Assert.Equal(Id(drafts, 0), await ParentOfNextAsync("c"));

        drafts = await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "d", history = "server", draft = "versions" }));
        await server.ThumbAsync(Id(drafts, 0), up: true, "bob");
        Assert.Equal(200, (await server.PostAsync("v1/comparisons", new { rater = "ann", ranking = (string[][])[[Id(drafts, 1)], [Id(drafts, 0)]] })).Status);
        Assert.Equal(Id(drafts, 1), await ParentOfNextAsync("d"));

        async Task<string> ParentOfNextAsync(string conversation)
        {
            await server.ChatAsync("And a tea.", ("metadata", new { conversation_id = conversation, history = "server" }));
            var (_, shown) = await server.GetAsync($"v1/conversations/{conversation}");
            return (string)shown["turns"]!.AsArray()[^1]!["parent"]!;
        }
    }

    [Fact]
    public async Task What_is_worth_a_second_draft_gets_one_within_the_budget()
    {
        await using (var always = await RunningServer.StartAsync(_folder.Path, "--Drafts:Share=1"))
        {
            await PublishedVersion.PublishAsync(always, "v1");
            (string, object)[] drawn = [("temperature", 1), ("seed", 3), ("metadata", new { conversation_id = "two", draft = "auto" })];
            var reply = await always.ChatAsync("A latte.", drawn);
            Assert.Equal([0, 1], reply["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
            Assert.Equal("v1", (string?)reply["model_version"]); // both are the same version's
            var turns = await TurnsAsync(always, "two");
            Assert.All(turns, turn => Assert.Equal(("v1", false), (turn.Version, turn.Draft!.Blind)));
            Assert.Equal(turns.Sum(turn => turn.Tokens.Length), (int)reply["usage"]!["completion_tokens"]!);

            using var stream = await always.AskAsync("A latte.", [.. drawn, ("stream", true), ("stream_options", new { include_usage = true })]);
            var events = (await stream.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("data: [DONE]", events[^1]);
            var chunks = events[..^1].Select(data => JsonNode.Parse(data["data: ".Length..])!).ToList();
            Assert.Equal(2, chunks.Count(chunk => chunk["choices"]!.AsArray() is [{ } choice] && choice["finish_reason"] is not null));
            Assert.Equal(reply["usage"]!["completion_tokens"]!.ToJsonString(), chunks[^1]["usage"]!["completion_tokens"]!.ToJsonString());
        }

        await using var never = await RunningServer.StartAsync(_folder.Path, "--Drafts:Share=0");
        Assert.Single((await never.ChatAsync("A latte.", Draft("auto")))["choices"]!.AsArray());
        using var alone = await never.AskAsync("A latte.", ("stream", true), Draft("auto"));
        Assert.EndsWith("data: [DONE]\n\n", await alone.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_ensembles_disagreement_is_the_deviation_of_its_heads_and_the_base_has_none()
    {
        await using var server = await RunningServer.StartAsync(_folder.Path);
        var grains = server.Services.GetRequiredService<IGrainFactory>();
        await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "base" }));
        Assert.Null(await grains.Conversation("base").DisagreementAsync(1));

        var score = await PublishedVersion.PublishAsync(server, "v1");
        var reply = await server.ChatAsync("A latte.", ("temperature", 1), ("seed", 5), ("metadata", new { conversation_id = "c" }));
        var heads = score("A latte.", [(string)reply["choices"]![0]!["message"]!["content"]!])[0];
        Assert.True(heads.Length > 1);
        var expected = Math.Sqrt(heads.Sum(head => Math.Pow(head - (heads.Sum() / heads.Length), 2)) / heads.Length);
        Assert.Equal(expected, (await grains.Conversation("c").DisagreementAsync(1))!.Value, 6);
        Assert.Null(await grains.Conversation("c").DisagreementAsync(9));
    }

    public void Dispose() => _folder.Dispose();

    private static (string, object) Draft(string kind) => ("metadata", new { draft = kind });

    private static HttpContent Body(params (string, object)[] more) => System.Net.Http.Json.JsonContent.Create(RunningServer.Ask("A latte.", more));

    private static Task<JsonNode> DraftsAsync(RunningServer server, string conversation, params (string, object)[] more) =>
        server.ChatAsync("A latte.", [("metadata", new { conversation_id = conversation, draft = "versions" }), .. more]);

    private static string Id(JsonNode reply, int index) => (string)reply["choices"]![index]!["completion_id"]!;

    private static string Ids(Turn turn) => CompletionId.Of(turn.ConversationId, turn.Number);

    private static async Task<IReadOnlyList<Turn>> TurnsAsync(RunningServer server, string conversation) =>
        [.. (await server.Services.GetRequiredService<ITurnStore>().ReadAsync(conversation)).Where(turn => turn.Draft is not null)];
}
