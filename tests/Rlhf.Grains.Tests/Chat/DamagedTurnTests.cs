using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Chat;

public sealed class DamagedTurnTests
{
    [Fact]
    public async Task A_turn_that_can_not_be_read_is_passed_over_and_its_conversation_goes_on_and_can_be_erased()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await silo.ChatAsync("c", TestSilo.Ask("A latte.", user: "ann"));
        await silo.RestartAsync();
        await silo.DamageAsync("UPDATE turns SET content = @content WHERE conversation = 'c' AND number = 1");
        var conversation = silo.Grain<IConversationGrain>("c");

        Assert.Equal([2], (await conversation.GetAsync())!.Turns.Select(turn => turn.Number));
        Assert.True((await conversation.RateAsync(new ThumbRequest("e2", 2, "ann", true, null, []))).Up);
        var damaged = await Assert.ThrowsAsync<StorageDamagedException>(() => conversation.RateAsync(new ThumbRequest("e1", 1, "ann", true, null, [])));
        Assert.Contains("Turn 1 of conversation 'c'", damaged.Message);
        await Assert.ThrowsAsync<StorageDamagedException>(() => silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "ann") with { ServerHistory = true, Parent = 1 }));
        Assert.Equal(CompletionId.Of("c", 3), (await silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "ann") with { ServerHistory = true, Parent = 2 })).Id);

        Assert.Equal(new ErasedCounts(3, 1), await conversation.EraseAsync(new ConversationErasure(Erasure.OfConversation)));
        Assert.Null(await conversation.GetAsync());
        Assert.Equal(0, (await silo.Get<ITurnStore>().ReadAsync("c")).Stored);
    }

    [Fact]
    public async Task The_number_of_a_last_turn_that_can_not_be_read_is_given_to_no_other()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.RestartAsync();
        await silo.DamageAsync("UPDATE turns SET content = @content WHERE conversation = 'c' AND number = 2");

        Assert.Equal(CompletionId.Of("c", 3), (await silo.ChatAsync("c", TestSilo.Ask("A tea.", user: "ann"))).Id);
        Assert.Null((await silo.Grain<IConversationGrain>("c").GetAsync())!.Owner); // it was there before ann came
    }

    [Fact]
    public async Task A_conversation_of_nothing_but_a_turn_that_can_not_be_read_is_there_and_goes_when_it_is_erased()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        await silo.RestartAsync();
        await silo.DamageAsync("UPDATE turns SET content = @content");

        Assert.Empty((await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns);
        Assert.Equal(new ErasedCounts(1, 0), await silo.Grain<IConversationGrain>("c").EraseAsync(new ConversationErasure(Erasure.OfConversation)));
        Assert.Null(await silo.Grain<IConversationGrain>("c").GetAsync());
    }
}
