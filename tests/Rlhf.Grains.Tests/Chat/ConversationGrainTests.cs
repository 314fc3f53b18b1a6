using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.Chat;

public sealed class ConversationGrainTests
{
    [Fact]
    public async Task A_turn_is_stored_when_its_last_piece_arrives()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Grain<IConversationGrain>("c");
        await foreach (var chunk in conversation.ChatAsync(TestSilo.Ask("A latte.")).WithBatchSize(1))
        {
            var stored = await conversation.GetAsync();
            Assert.Equal(chunk.FinishReason is null ? 0 : 1, stored?.Turns.Length ?? 0);
        }
    }

    [Fact]
    public async Task A_reply_that_is_given_up_is_not_stored_frees_its_place_and_its_number_is_never_used_again()
    {
        await using var silo = await TestSilo.StartAsync();
        string conversation, abandoned;
        var asked = 0;
        bool whole;
        do
        {
            // To a slow reader a reply may come in one piece; then there is nothing left to give up.
            conversation = $"c{++asked}";
            await using var chunks = silo.Grain<IConversationGrain>(conversation).ChatAsync(TestSilo.Ask("A latte.", maxTokens: 400)).WithBatchSize(1).GetAsyncEnumerator();
            Assert.True(await chunks.MoveNextAsync());
            (abandoned, whole) = (chunks.Current.CompletionId, chunks.Current.FinishReason is not null);
        }
        while (whole);

        Assert.True(SpinWait.SpinUntil(() => silo.Engine.Running + silo.Engine.Waiting == 0, TimeSpan.FromSeconds(30)));
        await silo.RestartAsync();
        var next = await silo.ChatAsync(conversation, TestSilo.Ask("A tea."));
        Assert.NotEqual(abandoned, next.Id);
        Assert.Equal([next.Id], (await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns.Select(turn => CompletionId.Of(turn.ConversationId, turn.Number)));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => RateAsync(silo, abandoned, "ann", true));
        Assert.Equal(Refusal.NotFound, refused.Refusal);
    }

    [Fact]
    public async Task Replies_under_way_when_a_version_is_published_keep_to_the_version_that_began_them()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.KeepRetired = 0));
        await silo.MakeAsync("v1", 1);
        await silo.MakeAsync("v2", 2);
        await silo.Catalog.PublishAsync("v1");
        var expected = (await silo.ChatAsync("alone", TestSilo.Ask("A latte.", maxTokens: 300))).Text;

        var begun = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            var chunks = silo.Grain<IConversationGrain>($"c{i}").ChatAsync(TestSilo.Ask("A latte.", maxTokens: 300)).WithBatchSize(1).GetAsyncEnumerator();
            Assert.True(await chunks.MoveNextAsync());
            return chunks;
        }));
        await silo.Catalog.PublishAsync("v2");
        Assert.Equal(["base", "v2"], silo.Engine.Versions);

        foreach (var chunks in begun)
        {
            var text = chunks.Current.Text;
            while (await chunks.MoveNextAsync())
            {
                Assert.Equal("v1", chunks.Current.Version);
                text += chunks.Current.Text;
            }

            await chunks.DisposeAsync();
            Assert.Equal(expected, text);
        }

        Assert.Equal("v2", (await silo.ChatAsync("c0", TestSilo.Ask("A latte."))).Version);
    }

    [Fact]
    public async Task A_conversation_stays_with_its_version_while_that_has_a_share()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.CanaryShare = 0.5));
        await silo.MakeAsync("v1", 1);
        var before = await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.Catalog.PublishAsync("v1");

        var chosen = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            chosen.Add((await silo.ChatAsync($"new-{i}", TestSilo.Ask("A latte.", maxTokens: 1))).Version);
            Assert.Equal(before.Version, (await silo.ChatAsync("c", TestSilo.Ask("A latte.", maxTokens: 1))).Version);
        }

        Assert.Equal(["base", "v1"], chosen.Order());
        await silo.RestartAsync();
        Assert.Equal("base", (await silo.ChatAsync("c", TestSilo.Ask("A latte.", maxTokens: 1))).Version);
        await silo.Catalog.PromoteAsync("v1");
        Assert.Equal("v1", (await silo.ChatAsync("c", TestSilo.Ask("A latte.", maxTokens: 1))).Version);
    }

    [Fact]
    public async Task Thumbs_and_owner_survive_a_restart()
    {
        await using var silo = await TestSilo.StartAsync();
        var reply = await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await RateAsync(silo, reply.Id, "ann", true);
        await RateAsync(silo, reply.Id, "ann", false);
        await silo.RestartAsync();

        var stored = await silo.Grain<IConversationGrain>("c").GetAsync();
        Assert.Equal("ann", stored!.Owner);
        Assert.Equal(("ann", (bool?)false), (stored.Thumbs.Single().Rater, stored.Thumbs.Single().Up));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "bob")));
        Assert.Equal(Refusal.NotYours, refused.Refusal);
    }

    private static Task<ThumbReceipt> RateAsync(TestSilo silo, string completion, string rater, bool up)
    {
        CompletionId.TryParse(completion, out var conversation, out var number);
        return silo.Grain<IConversationGrain>(conversation!).RateAsync(new ThumbRequest(Guid.NewGuid().ToString("N"), number, rater, up, null, []));
    }
}
