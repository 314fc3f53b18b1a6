using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Server.Tests.Feedback;

public sealed class ComparisonTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_ranking_with_a_tie_is_one_statement_however_its_replies_are_named()
    {
        var (a, b, c) = (await ReplyAsync(), await ReplyAsync(), await ReplyAsync());
        Assert.Equal(200, (await CompareAsync([[a], [b, c]])).Status);
        var recorded = Assert.Single(await MainsAsync());
        var ranks = recorded.Content!.Others!.Value.Select(reply => (Id: reply.CompletionId, reply.Rank)).Append((Id: recorded.CompletionId!, Rank: recorded.Content.Rank!.Value)).ToDictionary(reply => reply.Id, reply => reply.Rank);
        Assert.Equal((1, 2, 2), (ranks[a], ranks[b], ranks[c]));
        foreach (var other in recorded.Content.Others.Value)
        {
            Assert.Equal(await StoredAsync(other.CompletionId), other.Reply); // a reply that is drawn may be empty
        }

        var (status, again) = await CompareAsync([[c, b], [a]]);
        Assert.Equal(200, status);
        Assert.Equal([[.. ((string[])[b, c]).Order(StringComparer.Ordinal)], [a]], again["ranking"]!.AsArray().Select(place => place!.AsArray().Select(id => (string)id!).ToArray()));
        Assert.Equal([1, 0], (await MainsAsync()).Select(main => main.NetChange));
        foreach (var id in (string[])[a, b, c])
        {
            Assert.Equal(again["ranking"]!.ToJsonString(), Assert.Single(await FeedbackOnAsync(id))["ranking"]!.ToJsonString());
        }

        using var taken = await _server.Client.DeleteAsync($"v1/comparisons?rater=ann&completion_id={b}&completion_id={c}&completion_id={a}");
        Assert.Equal(200, (int)taken.StatusCode);
        Assert.Equal(-1, (await LedgerAsync()).Where(entry => entry.Event.Kind == FeedbackKind.Retraction).Sum(entry => entry.Event.NetChange));
        foreach (var id in (string[])[a, b, c])
        {
            Assert.Empty(await FeedbackOnAsync(id));
        }

        using var gone = await _server.Client.DeleteAsync($"v1/comparisons?rater=ann&completion_id={a}&completion_id={b}&completion_id={c}");
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_compared_is_refused_by_its_field_and_nothing_is_recorded()
    {
        var (a, b, other) = (await ReplyAsync(), await ReplyAsync(), await ReplyAsync("A tea."));
        var notHers = (string)(await _server.ChatAsync("A latte.", ("user", "bob")))["id"]!;
        foreach (var (ranking, expected, param) in ((string[][], int, string)[])
        [
            ([[a], [other]], 400, "ranking"),
            ([[a], [b], [a]], 400, "ranking[2][0]"),
            ([[a]], 400, "ranking"),
            ([[a], []], 400, "ranking[1]"),
            ([[a], ["chatcmpl-nobody-1"]], 404, "ranking[1][0]"),
            ([[a], ["nonsense"]], 404, "ranking[1][0]"),
            ([[a], [notHers]], 403, "rater"),
            ([.. Enumerable.Range(1, 17).Select(i => (string[])[$"chatcmpl-x-{i}"])], 400, "ranking"),
        ])
        {
            var (status, error) = await CompareAsync(ranking);
            Assert.Equal((expected, param), (status, (string?)error["error"]!["param"]));
        }

        Assert.Empty(await LedgerAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whichever_conversation_is_erased_takes_the_comparison_with_it(int erased)
    {
        string[] ids = [await ReplyAsync(), await ReplyAsync(), await ReplyAsync()];
        await CompareAsync([[ids[0]], [ids[1]], [ids[2]]]);
        using var deleted = await _server.Client.DeleteAsync($"v1/conversations/{ConversationOf(ids[erased])}");
        Assert.Equal(200, (int)deleted.StatusCode);
        Assert.DoesNotContain(await LedgerAsync(), entry => entry.Event.IsFeedback);
        foreach (var id in ids.Where((_, i) => i != erased))
        {
            Assert.Empty(await FeedbackOnAsync(id));
        }

        Assert.True((await _server.Services.GetRequiredService<IFeedbackLedger>().VerifyAsync()).Holds);
    }

    private static string ConversationOf(string id) => id["chatcmpl-".Length..id.LastIndexOf('-')];

    private async Task<string> StoredAsync(string id) => (string)(await _server.GetAsync($"v1/conversations/{ConversationOf(id)}")).Body["turns"]![0]!["reply"]!;

    private async Task<string> ReplyAsync(string text = "A latte.") => (string)(await _server.ChatAsync(text, ("temperature", 1)))["id"]!;

    private Task<(int Status, JsonNode Body)> CompareAsync(string[][] ranking) => _server.PostAsync("v1/comparisons", new { rater = "ann", ranking });

    private async Task<List<JsonNode>> FeedbackOnAsync(string id) =>
        [.. (await _server.GetAsync($"v1/conversations/{ConversationOf(id)}")).Body["turns"]![0]!["feedback"]!.AsArray().Select(one => one!)];

    private async Task<List<LedgerEntry>> LedgerAsync() => await _server.Services.GetRequiredService<IFeedbackLedger>().ReadAsync(0).ToListAsync();

    private async Task<List<FeedbackEvent>> MainsAsync() =>
        [.. (await LedgerAsync()).Select(entry => entry.Event).Where(said => said is { Kind: FeedbackKind.Comparison, Content.PartOf: null })];
}
