using Orleans;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Chat;

/// <summary>Requests that bring only what is new.</summary>
public sealed class ServerHistoryTests
{
    [Fact]
    public async Task A_request_goes_on_from_the_last_turn_as_if_it_had_brought_the_whole_dialogue()
    {
        await using var silo = await TestSilo.StartAsync();
        var first = await silo.ChatAsync("c", New("A latte."));
        await silo.RestartAsync();
        var second = await silo.ChatAsync("c", New("With oat milk."));
        var third = await silo.ChatAsync("c", New("And a tea."));

        ChatMessage[] all = [User("A latte."), Assistant(first.Text), User("With oat milk."), Assistant(second.Text), User("And a tea.")];
        var turns = (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns;
        Assert.Equal(all, turns[^1].Messages);
        Assert.Equal([0, 1, 2], turns.Select(turn => turn.Parent!.Value));
        Assert.Equal(third.Text, (await silo.ChatAsync("other", TestSilo.Ask("") with { Messages = [.. all] })).Text);
        Assert.Null((await silo.Grain<IConversationGrain>("other").GetAsync())!.Turns[0].Parent);
    }

    [Fact]
    public async Task A_request_may_name_the_reply_that_it_goes_on_from()
    {
        await using var silo = await TestSilo.StartAsync();
        var first = await silo.ChatAsync("c", New("A latte."));
        await silo.ChatAsync("c", New("With oat milk."));
        await silo.ChatAsync("c", New("With soy milk.") with { Parent = 1 });
        var last = await silo.ChatAsync("c", New("Thanks."));
        await silo.ChatAsync("c", New("Something else.") with { Parent = 0 });

        var turns = (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns;
        Assert.Equal([0, 1, 1, 3, 0], turns.Select(turn => turn.Parent!.Value));
        Assert.Equal([User("A latte."), Assistant(first.Text), User("With soy milk."), Assistant(turns[2].Reply), User("Thanks.")], turns[3].Messages.ToArray());
        Assert.Equal(last.Text, turns[3].Reply);
        Assert.Equal([User("Something else.")], turns[4].Messages.ToArray());
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("c", New("Hm.") with { Parent = 6 }));
        Assert.Equal((Refusal.NotFound, "metadata.parent"), (refused.Refusal, refused.Param));
    }

    [Fact]
    public async Task Only_the_first_turn_takes_a_system_message_and_keeps_it()
    {
        await using var silo = await TestSilo.StartAsync();
        var system = new ChatMessage("system", "Be brief.");
        await silo.ChatAsync("c", New("A latte.") with { Messages = [system, User("A latte.")] });
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("c", New("") with { Messages = [system, User("A tea.")] }));
        Assert.Equal((Refusal.Invalid, "messages"), (refused.Refusal, refused.Param));
        await silo.ChatAsync("c", New("A tea."));
        Assert.Equal(system, (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns[^1].Messages[0]);
    }

    [Fact]
    public async Task What_is_not_to_be_stored_reads_the_history_and_leaves_it_as_it_is()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", New("A latte."));
        var unstored = await silo.ChatAsync("c", New("With oat milk.") with { Unstored = true });
        var stored = await silo.ChatAsync("c", New("With oat milk."));
        Assert.Equal(stored.Text, unstored.Text);
        Assert.Equal([0, 1], (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns.Select(turn => turn.Parent!.Value));
    }

    [Fact]
    public async Task The_second_of_two_requests_at_once_waits_and_goes_on_from_the_first()
    {
        await using var silo = await TestSilo.StartAsync();
        var (conversation, first) = await silo.BegunAsync(New("A latte.", maxTokens: 400));
        var second = silo.ChatAsync(conversation, New("With oat milk."));
        await silo.Grain<IConversationGrain>(conversation).GetAsync(); // comes behind the second
        Assert.False(second.IsCompleted);
        while (await first.MoveNextAsync())
        {
        }

        await second;
        Assert.Equal([0, 1], (await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns.Select(turn => turn.Parent!.Value));
    }

    [Fact]
    public async Task A_reply_that_is_given_up_lets_the_next_request_pass()
    {
        await using var silo = await TestSilo.StartAsync();
        var (conversation, first) = await silo.BegunAsync(New("A latte.", maxTokens: 400));
        var second = silo.ChatAsync(conversation, New("A tea."));
        await first.DisposeAsync();
        await second;
        var turn = Assert.Single((await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns);
        Assert.Equal([User("A tea.")], turn.Messages.ToArray());
    }

    [Fact]
    public async Task A_request_sent_again_is_not_held_up_by_itself_and_is_stored_once()
    {
        await using var silo = await TestSilo.StartAsync();
        var request = New("A latte.", maxTokens: 400) with { RequestId = "r1" };
        var (conversation, first) = await silo.BegunAsync(request);
        var second = await silo.ChatAsync(conversation, request with { Again = true });
        var again = await silo.ChatAsync(conversation, request with { Again = true });
        await first.DisposeAsync();
        Assert.Equal(second, again);
        Assert.Single((await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns);
        await silo.ChatAsync(conversation, New("Thanks."));
        Assert.Equal(User("A latte."), (await silo.Grain<IConversationGrain>(conversation).GetAsync())!.Turns[^1].Messages[0]);
    }

    [Fact]
    public async Task A_history_too_long_for_a_turn_loses_its_oldest_messages_but_not_its_system_message()
    {
        await using var silo = await TestSilo.StartAsync();
        var system = new ChatMessage("system", "Be brief.");
        var turn = new Turn("c", 1, "base", [system, .. Enumerable.Range(0, 999).Select(i => User($"{i}"))], "Yes.", [1], [-1f], 1, "stop", DateTimeOffset.UnixEpoch);
        await silo.Get<ITurnStore>().AppendAsync(turn);
        await silo.ChatAsync("c", New("And?"));

        var messages = (await silo.Grain<IConversationGrain>("c").GetAsync())!.Turns[^1].Messages;
        Assert.Equal(1000, messages.Length);
        Assert.Equal([system, User("2")], messages[..2].ToArray());
        Assert.Equal([Assistant("Yes."), User("And?")], messages[^2..].ToArray());
    }

    private static ChatRequest New(string text, int maxTokens = 12) => TestSilo.Ask(text, maxTokens: maxTokens) with { ServerHistory = true };

    private static ChatMessage User(string text) => new("user", text);

    private static ChatMessage Assistant(string text) => new("assistant", text);
}
