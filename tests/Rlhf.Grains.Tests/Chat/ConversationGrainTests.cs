using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

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
        var (conversation, chunks) = await silo.BegunAsync(TestSilo.Ask("A latte.", maxTokens: 400));
        var abandoned = chunks.Current.CompletionId;
        await chunks.DisposeAsync();
        Assert.True(SpinWait.SpinUntil(() => silo.Engine.Running + silo.Engine.Waiting == 0, TimeSpan.FromSeconds(30)));
        await silo.RestartAsync();
        var next = await silo.ChatAsync(conversation, TestSilo.Ask("A tea."));
        Assert.NotEqual(abandoned, next.Id);
        Assert.Equal([next.Id], (await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns.Select(turn => CompletionId.Of(turn.ConversationId, turn.Number)));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => RateAsync(silo, abandoned, "ann", true));
        Assert.Equal(Refusal.NotFound, refused.Refusal);
    }

    [Fact]
    public async Task Of_a_reply_that_is_not_to_be_stored_nothing_is_kept_but_its_number()
    {
        await using var silo = await TestSilo.StartAsync();
        var unstored = TestSilo.Ask("A latte.") with { Unstored = true };
        var first = await silo.ChatAsync("c", unstored);
        await silo.RestartAsync();
        var second = await silo.ChatAsync("c", unstored);
        var stored = await silo.ChatAsync("c", TestSilo.Ask("A latte."));

        Assert.Equal((first.Text, second.Text), (stored.Text, stored.Text));
        Assert.Equal([1, 2, 3], ((string[])[first.Id, second.Id, stored.Id]).Select(CompletionNumber));
        Assert.Equal([3], (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns.Select(turn => turn.Number));
        Assert.Equal([3], (await silo.Get<ITurnStore>().ReadAsync("c")).Select(turn => turn.Number));
        foreach (var id in (string[])[first.Id, second.Id])
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => RateAsync(silo, id, "ann", true));
            Assert.Equal(Refusal.NotFound, refused.Refusal);
            Assert.Contains("store: false", refused.Message);
        }

        Assert.DoesNotContain("store", (await Assert.ThrowsAsync<RefusedException>(() => RateAsync(silo, CompletionId.Of("c", 4), "ann", true))).Message);
        await RateAsync(silo, stored.Id, "ann", true);
    }

    [Fact]
    public async Task A_reply_drawn_with_biases_or_penalties_is_stored_without_the_log_probabilities_that_its_pieces_have()
    {
        await using var silo = await TestSilo.StartAsync();
        var plain = TestSilo.Ask("A latte.").Sampling with { Temperature = 1, TopLogProbs = 2 };
        foreach (var (sampling, learnable) in new[]
        {
            (plain, true),
            (plain with { LogitBias = ImmutableDictionary<int, double>.Empty.Add(7, 0) }, true),
            (plain with { LogitBias = ImmutableDictionary<int, double>.Empty.Add(7, 0.5) }, false),
            (plain with { FrequencyPenalty = 0.5 }, false),
            (plain with { PresencePenalty = -0.5 }, false),
        })
        {
            var conversation = Guid.NewGuid().ToString("N");
            var tokens = (await ChunksAsync(silo, conversation, TestSilo.Ask("A latte.") with { Sampling = sampling })).SelectMany(chunk => chunk.Tokens).ToList();
            Assert.All(tokens, token => Assert.InRange(token.LogProb, -100, 0));
            Assert.All(tokens, token => Assert.Equal(2, token.Likeliest!.Value.Length));
            var turn = Assert.Single((await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns);
            Assert.Equal(tokens.Select(token => token.Id), turn.Tokens);
            Assert.Equal(learnable ? tokens.Select(token => token.LogProb) : [], turn.LogProbs);
        }
    }

    [Fact]
    public async Task A_bias_of_an_id_that_no_token_has_is_refused()
    {
        await using var silo = await TestSilo.StartAsync();
        var request = TestSilo.Ask("A latte.");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync(
            "c", request with { Sampling = request.Sampling with { LogitBias = ImmutableDictionary<int, double>.Empty.Add(TestSilo.Trunk.Tokenizer.VocabularySize, 1) } }));
        Assert.Equal((Refusal.Invalid, "logit_bias"), (refused.Refusal, refused.Param));
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
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => (options.Canary, options.CanaryShare) = (true, 0.5)));
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

    [Fact]
    public async Task Conversations_that_nobody_had_do_not_stay_in_memory()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("had", TestSilo.Ask("A latte."));
        for (var i = 0; i < 50; i++)
        {
            Assert.Null(await silo.Grain<IConversationGrain>($"never-read-{i}").GetAsync());
            await Assert.ThrowsAsync<RefusedException>(() => RateAsync(silo, $"chatcmpl-never-rated-{i}-1", "ann", true));
        }

        var management = silo.Get<IGrainFactory>().GetGrain<IManagementGrain>(0);
        for (var deadline = DateTime.UtcNow.AddSeconds(30); DateTime.UtcNow < deadline && await CountAsync() > 1;)
        {
            await Task.Yield(); // the last of them is leaving
        }

        Assert.Equal(1, await CountAsync());

        async Task<int> CountAsync() => (await management.GetSimpleGrainStatistics()).Where(grain => grain.GrainType.Contains("ConversationGrain")).Sum(grain => grain.ActivationCount);
    }

    [Fact]
    public async Task A_request_sent_again_is_answered_by_the_reply_that_was_stored_unheard()
    {
        await using var silo = await TestSilo.StartAsync();
        var request = TestSilo.Ask("A latte.") with { RequestId = "r1" };
        request = request with { Sampling = request.Sampling with { Temperature = 1, Seed = null } };
        var unheard = await silo.ChatAsync("c", request);
        var other = await silo.ChatAsync("c", request with { RequestId = "r2" });
        await silo.RestartAsync();

        var chunks = await ChunksAsync(silo, "c", request with { Again = true });
        var chunk = Assert.Single(chunks);
        Assert.Equal(unheard, (chunk.Version, chunk.Text, chunk.CompletionId));
        var stored = (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns;
        Assert.Equal([unheard.Text, other.Text], stored.Select(turn => turn.Reply));
        Assert.Equal(stored[0].Tokens, chunk.Tokens.Select(token => token.Id));
        Assert.Equal(stored[0].LogProbs, chunk.Tokens.Select(token => token.LogProb));
        Assert.Equal((stored[0].FinishReason, false), (chunk.FinishReason, chunk.Unsaved));
        Assert.True(chunk.PromptTokens > 0 && chunk.Silo is not null);

        Assert.Equal(3, CompletionNumber((await silo.ChatAsync("c", request with { RequestId = "r3", Again = true })).Id));
    }

    [Fact]
    public async Task Of_a_request_sent_again_while_it_is_answered_only_the_last_sending_is_stored()
    {
        await using var silo = await TestSilo.StartAsync();
        var request = TestSilo.Ask("A latte.", maxTokens: 400) with { RequestId = "r1" };
        var (conversation, first) = await silo.BegunAsync(request);
        var second = await silo.ChatAsync(conversation, request with { Again = true });
        var refused = await Assert.ThrowsAsync<RefusedException>(async () =>
        {
            while (await first.MoveNextAsync())
            {
            }
        });
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        Assert.Equal([second.Text], (await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns.Select(turn => turn.Reply));
    }

    [Fact]
    public async Task A_silo_whose_conversation_went_on_elsewhere_stores_nothing_over_it_and_reads_it_anew()
    {
        await using var silo = await TestSilo.StartAsync();
        var turns = silo.Get<ITurnStore>();
        var before = await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        var elsewhere = (await turns.ReadAsync("c"))[0] with { Number = 2, Reply = "from elsewhere" };
        await turns.AppendAsync(elsewhere);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("c", TestSilo.Ask("A tea.")));
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        var after = await silo.ChatAsync("c", TestSilo.Ask("A tea."));
        Assert.Equal([before.Text, "from elsewhere", after.Text], (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns.Select(turn => turn.Reply));
    }

    private static int CompletionNumber(string completion) => CompletionId.TryParse(completion, out _, out var number) ? number : 0;

    private static async Task<List<ChatChunk>> ChunksAsync(TestSilo silo, string conversation, ChatRequest request)
    {
        var chunks = new List<ChatChunk>();
        await foreach (var chunk in silo.Grain<IConversationGrain>(conversation).ChatAsync(request).WithBatchSize(1))
        {
            chunks.Add(chunk);
        }

        return chunks;
    }

    private static Task<ThumbReceipt> RateAsync(TestSilo silo, string completion, string rater, bool up)
    {
        CompletionId.TryParse(completion, out var conversation, out var number);
        return silo.Grain<IConversationGrain>(conversation!).RateAsync(new ThumbRequest(Guid.NewGuid().ToString("N"), number, rater, up, null, []));
    }
}
