using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Chat;

public sealed class ConversationErasureTests
{
    private static readonly ConversationErasure Whole = new(Erasure.OfConversation);

    [Fact]
    public async Task An_erased_conversation_is_not_there_any_more_and_no_number_comes_again()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Grain<IConversationGrain>("c");
        var first = await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await conversation.RateAsync(new ThumbRequest("e1", 1, "ann", true, "nice", []));

        Assert.Equal(new ErasedCounts(1, 1), await conversation.EraseAsync(Whole));
        Assert.Null(await conversation.GetAsync());
        Assert.Null(await conversation.EraseAsync(Whole));
        await silo.RestartAsync();
        conversation = silo.Grain<IConversationGrain>("c");
        Assert.Null(await conversation.GetAsync());
        Assert.Null(await conversation.EraseAsync(Whole));
        Assert.Empty(await silo.Get<ITurnStore>().ReadAsync("c"));
        Assert.Equal([FeedbackKind.Erased, FeedbackKind.Erasure], (await silo.Get<IFeedbackLedger>().ReadAsync(0).ToListAsync()).Select(entry => entry.Event.Kind));
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => conversation.RateAsync(new ThumbRequest("e2", 1, "ann", true, null, [])));
        Assert.Equal(Refusal.NotFound, refused.Refusal);

        var next = await silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "bob"));
        Assert.Equal((CompletionId.Of("c", 1), CompletionId.Of("c", 2)), (first.Id, next.Id));
        var reopened = await conversation.GetAsync();
        Assert.Equal(("bob", 1), (reopened!.Owner, reopened.Turns.Length));
        await silo.RestartAsync();
        Assert.Equal("bob", (await silo.Grain<IConversationGrain>("c").GetAsync())!.Owner);
        Assert.Equal("c", Assert.Single((await silo.Get<IConversationIndex>().PageAsync(null, "bob", 10, null))!.Conversations).Id);
    }

    [Theory]
    [InlineData("ann", null)]
    [InlineData("ann", "app")]
    [InlineData(null, "app")]
    public async Task Requests_that_open_it_again_at_once_leave_it_their_users_and_to_be_found(string? user, string? client)
    {
        await using var silo = await TestSilo.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            var id = $"c{i}";
            var request = TestSilo.Ask("A latte.", user) with { Client = client };
            await silo.ChatAsync(id, request);
            var conversation = silo.Grain<IConversationGrain>(id);
            await conversation.EraseAsync(Whole with { Client = client });
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => silo.ChatAsync(id, request)));

            var reopened = (await conversation.GetAsync())!;
            Assert.Equal((user, client, 4), (reopened.Owner, reopened.Client, reopened.Turns.Length));
            var listed = user is null ? null : await silo.Get<IConversationIndex>().PageAsync(client, user, 10, null);
            Assert.True(user is null || listed!.Conversations.Any(entry => entry.Id == id));
            Assert.Equal(4, (await conversation.EraseAsync(Whole with { Client = client, Owner = user }))!.Turns);
            Assert.Empty(await silo.Get<ITurnStore>().ReadAsync(id));
        }
    }

    [Fact]
    public async Task Without_an_owner_it_is_opened_again_as_well_and_stays()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.Grain<IConversationGrain>("c").EraseAsync(Whole);
        await silo.ChatAsync("c", TestSilo.Ask("A tea."));
        await silo.RestartAsync();
        Assert.Equal([2], (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns.Select(turn => turn.Number));
    }

    [Fact]
    public async Task A_reply_that_is_drawn_meanwhile_is_not_stored()
    {
        await using var silo = await TestSilo.StartAsync();
        for (var asked = 1; ; asked++)
        {
            var id = $"c{asked}";
            await silo.ChatAsync(id, TestSilo.Ask("A latte."));
            await using var chunks = silo.Grain<IConversationGrain>(id).ChatAsync(TestSilo.Ask("A tea.", maxTokens: 400)).WithBatchSize(1).GetAsyncEnumerator();
            Assert.True(await chunks.MoveNextAsync());
            var ended = chunks.Current.FinishReason is not null;
            Assert.Equal(ended ? 2 : 1, (await silo.Grain<IConversationGrain>(id).EraseAsync(Whole))!.Turns);
            if (ended)
            {
                continue; // by chance in its first piece
            }

            var refused = await Assert.ThrowsAsync<RefusedException>(async () =>
            {
                while (await chunks.MoveNextAsync())
                {
                }
            });
            Assert.Equal(Refusal.NotFound, refused.Refusal);
            Assert.Empty(await silo.Get<ITurnStore>().ReadAsync(id));
            Assert.Equal(CompletionId.Of(id, 3), (await silo.ChatAsync(id, TestSilo.Ask("A tea."))).Id);
            return;
        }
    }

    [Fact]
    public async Task What_a_crash_left_of_an_erased_conversation_goes_when_it_wakes()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await silo.RestartAsync();
        var storage = silo.Get<IGrainStorage>();
        var state = new GrainState<ConversationState>();
        var id = GrainId.Create("conversation", "c");
        await storage.ReadStateAsync("conversation", id, state);
        state.State!.Erased = true;
        state.State.LastAbandoned = 1;
        await storage.WriteStateAsync("conversation", id, state);

        Assert.Null(await silo.Grain<IConversationGrain>("c").GetAsync());
        Assert.Empty(await silo.Get<ITurnStore>().ReadAsync("c"));
        await storage.ReadStateAsync("conversation", id, state);
        Assert.Null(state.State.Owner);
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations);
    }

    [Fact]
    public async Task Another_clients_or_users_conversation_is_not_erased()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann") with { Client = "app" });
        var conversation = silo.Grain<IConversationGrain>("c");
        Assert.Null(await conversation.EraseAsync(Whole with { Client = "other" }));
        Assert.Null(await conversation.EraseAsync(Whole with { Client = "app", Owner = "bob" }));
        Assert.NotNull(await conversation.GetAsync());
        Assert.NotNull(await conversation.EraseAsync(Whole with { Client = "app", Owner = "ann" }));
    }

    [Fact]
    public async Task A_thumb_whose_event_was_erased_is_forgotten_and_counts_on_without_a_name()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        var conversation = silo.Grain<IConversationGrain>("c");
        await conversation.RateAsync(new ThumbRequest("e1", 1, "ann", true, null, []));
        await conversation.RateAsync(new ThumbRequest("e2", 1, "bob", false, null, []));

        Assert.Equal(1, await conversation.EraseFeedbackAsync([1], Erasure.OfUser));
        Assert.Equal("bob", Assert.Single((await conversation.GetAsync())!.Thumbs).Rater);
        await Assert.ThrowsAsync<RefusedException>(() => conversation.RateAsync(new ThumbRequest("e3", 1, "ann", null, null, [])));
        var counted = (await silo.Catalog.ListAsync())[0];
        Assert.Equal((1, 1), (counted.ThumbsUp, counted.ThumbsDown));
    }

    [Fact]
    public async Task Where_a_crash_left_the_index_behind_its_user_is_erased_from_it()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await silo.Grain<IConversationGrain>("c").EraseAsync(Whole);
        var index = silo.Get<IConversationIndex>();
        await index.AddAsync(new IndexedConversation("c", null, "ann", silo.Clock.GetUtcNow())); // the index goes last: this is how a crash leaves it
        await silo.RestartAsync();

        Assert.Null(await silo.Grain<IConversationGrain>("c").EraseAsync(new ConversationErasure(Erasure.OfUser, Owner: "ann")));
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations);
    }

    [Fact]
    public async Task Versions_that_may_have_learned_from_what_was_erased_say_so()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.Grain<IConversationGrain>("c").RateAsync(new ThumbRequest("e1", 1, "ann", true, null, []));
        await silo.MakeAsync("v1", seed: 1, cursor: 1);
        silo.Clock.Advance(TimeSpan.FromMinutes(1));
        await silo.ChatAsync("d", TestSilo.Ask("A tea."));
        await silo.Grain<IConversationGrain>("d").RateAsync(new ThumbRequest("e2", 1, "ann", true, null, []));

        await silo.Grain<IConversationGrain>("d").EraseAsync(Whole);
        Assert.All(await silo.Catalog.ListAsync(), version => Assert.Null(version.LearnedFromErased));
        await silo.Grain<IConversationGrain>("c").EraseAsync(Whole);
        var versions = await silo.Catalog.ListAsync();
        Assert.Null(versions[0].LearnedFromErased);
        Assert.Equal(new LearnedFromErased(1, 1, silo.Clock.GetUtcNow()), versions[1].LearnedFromErased);

        await silo.Grain<IModelVersionGrain>("demo:v1").CollectedAsync(asOf: await silo.Get<IFeedbackLedger>().LastSequenceAsync());
        Assert.Null((await silo.Catalog.ListAsync())[1].LearnedFromErased);
    }
}
