using Microsoft.Extensions.DependencyInjection;
using Rlhf.Server.Tests.Chat;
using Rlhf.Server.Tests.Keys;
using Rlhf.Storage;
using Rlhf.Storage.Tests;
using System.Net.Http.Json;

namespace Rlhf.Server.Tests.Feedback;

public sealed class SuggestionTests
{
    [Fact]
    public async Task A_suggestion_is_the_live_versions_and_stored_nowhere()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(folder.Path, "--Versions:CanaryShare=1", "--Drafts:SuggestionBestOf=3");
        var reply = await server.ChatAsync("A latte.", ("metadata", new { conversation_id = "c" }), ("user", "ann"));
        var asked = new { completion_id = (string)reply["id"]!, seed = 4, temperature = 1.0, max_completion_tokens = 6 };
        var (status, first) = await server.PostAsync("v1/suggestions", asked);
        Assert.Equal((200, "base", null), (status, (string?)first["model_version"], (int?)first["drawn_replies"]));

        await PublishedVersion.PublishAsync(server, "v1");
        var (_, better) = await server.PostAsync("v1/suggestions", asked);
        Assert.Equal(("v1", 3), ((string?)better["model_version"], (int?)better["drawn_replies"]));
        Assert.Equal(better.ToJsonString(), (await server.PostAsync("v1/suggestions", asked)).Body.ToJsonString());

        Assert.Single(await server.Services.GetRequiredService<ITurnStore>().ReadAsync("c"));
        Assert.Equal(0, await server.Services.GetRequiredService<IFeedbackLedger>().LastSequenceAsync());
        Assert.EndsWith("-2", (string)(await server.ChatAsync("A tea.", ("metadata", new { conversation_id = "c" }), ("user", "ann")))["id"]!); // no number was used
    }

    [Fact]
    public async Task Only_who_may_read_a_conversation_or_rate_gets_suggestions_for_it()
    {
        await using var keyed = await KeyedServer.StartAsync();
        using var ann = await keyed.ClientAsync("ann");
        using var bob = await keyed.ClientAsync("bob");
        using var judge = await keyed.ClientAsync("judge", "--roles", "rate");
        using var watcher = await keyed.ClientAsync("watcher", "--roles", "watch");
        var id = (string)(await KeyedServer.AskAsync(ann, "A latte.")).Body["id"]!;
        async Task<int> StatusAsync(HttpClient client, string completion) => (await KeyedServer.ReadAsync(await client.PostAsJsonAsync("v1/suggestions", new { completion_id = completion }))).Status;
        Assert.Equal((200, 404, 200, 403), (await StatusAsync(ann, id), await StatusAsync(bob, id), await StatusAsync(judge, id), await StatusAsync(watcher, id)));
        Assert.Equal(404, await StatusAsync(ann, "chatcmpl-nobody-1"));
        Assert.Equal(404, await StatusAsync(ann, "../../etc/passwd"));
        Assert.Equal(400, (await KeyedServer.ReadAsync(await ann.PostAsJsonAsync("v1/suggestions", new { }))).Status);
        Assert.Equal(400, (await KeyedServer.ReadAsync(await ann.PostAsJsonAsync("v1/suggestions", new { completion_id = id, n = 3 }))).Status);
    }
}
