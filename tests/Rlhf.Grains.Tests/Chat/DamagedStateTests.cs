using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Chat;

/// <summary>A conversation whose small state can't be read: nobody gets into it, and it can be erased.</summary>
public sealed class DamagedStateTests
{
    [Fact]
    public async Task Nobody_gets_into_it_and_its_users_erasure_takes_it()
    {
        await using var silo = await DamagedAsync();
        var conversation = silo.Grain<IConversationGrain>("c");
        await Assert.ThrowsAsync<StorageDamagedException>(() => conversation.GetAsync());
        await Assert.ThrowsAsync<StorageDamagedException>(() => silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "bob")));
        await Assert.ThrowsAsync<StorageDamagedException>(() => conversation.RateAsync(new ThumbRequest("e2", 1, "bob", true, null, [])));
        await Assert.ThrowsAsync<StorageDamagedException>(() => conversation.EraseAsync(new ConversationErasure(Erasure.OfConversation, "shop"))); // who can't be known to have it
        Assert.Equal(1, (await silo.Get<ITurnStore>().ReadAsync("c")).Stored);

        Assert.Equal(new ErasedCounts(1, 1), await conversation.EraseAsync(new ConversationErasure(Erasure.OfUser, null, "ann")));
        Assert.Null(await conversation.GetAsync());
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations);
        Assert.Null(await conversation.EraseAsync(new ConversationErasure(Erasure.OfUser, null, "ann")));
        await silo.RestartAsync();
        CompletionId.TryParse((await silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "bob"))).Id, out _, out var number);
        Assert.True(number > 1_000, "Replies that were given up may have had the next numbers.");
    }

    [Fact]
    public async Task Who_may_erase_anybodys_erases_it_by_its_id()
    {
        await using var silo = await DamagedAsync();
        var conversation = silo.Grain<IConversationGrain>("c");
        Assert.Equal(new ErasedCounts(1, 1), await conversation.EraseAsync(new ConversationErasure(Erasure.OfConversation)));
        Assert.Null(await conversation.GetAsync());
        Assert.Null(await conversation.EraseAsync(new ConversationErasure(Erasure.OfUser, null, "ann")));
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations);
    }

    [Fact]
    public async Task Feedback_on_it_is_erased_and_what_is_mended_is_there_again()
    {
        await using var silo = await DamagedAsync();
        var said = await silo.Get<IFeedbackLedger>().ReadConversationAsync("c");
        Assert.Equal(1, await silo.Grain<IConversationGrain>("c").EraseFeedbackAsync([said[0].Sequence], Erasure.OfUser));
        await Assert.ThrowsAsync<StorageDamagedException>(() => silo.Grain<IConversationGrain>("c").GetAsync());

        await silo.DamageAsync("UPDATE grain_state SET content = substr(content, 2) WHERE grain = 'conversation/c'");
        await silo.RestartAsync();
        Assert.Equal(("ann", 1), (await silo.Grain<IConversationGrain>("c").GetAsync()) is { } mended ? (mended.Owner, mended.Turns.Length) : default);
    }

    private static async Task<TestSilo> DamagedAsync()
    {
        var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await silo.Grain<IConversationGrain>("c").RateAsync(new ThumbRequest("e1", 1, "ann", true, null, []));
        await silo.RestartAsync();
        await silo.DamageAsync("UPDATE grain_state SET content = '[' || content WHERE grain = 'conversation/c'");
        return silo;
    }
}
