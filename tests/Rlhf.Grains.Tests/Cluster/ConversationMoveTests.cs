using Rlhf.Contracts;
using Rlhf.Testing;

namespace Rlhf.Grains.Tests.Cluster;

public sealed class ConversationMoveTests
{
    [AzuriteFact]
    public async Task A_conversation_goes_on_in_another_silo_with_all_that_was_said_and_rated_when_its_own_is_gone()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var conversation = cluster.Grain<IConversationGrain>("breakfast");
        var first = await cluster.ChatAsync("breakfast", TestSilo.Ask("A latte.", user: "ann"));
        await conversation.RateAsync(new ThumbRequest("thumb", 1, "ann", true, null, []));
        await conversation.RateAsync(new ThumbRequest("thumb", 1, "ann", true, null, [])); // sent again, recorded once

        await cluster.KillAsync(await cluster.HolderAsync(conversation));
        var second = await cluster.ChatAsync("breakfast", TestSilo.Ask("And a tea.", user: "ann"));
        var stored = await cluster.Grain<IConversationGrain>("breakfast").GetAsync();
        Assert.Equal("ann", stored!.Owner);
        Assert.Equal([(first.Id, first.Text), (second.Id, second.Text)], stored.Turns.Select(turn => (CompletionId.Of("breakfast", turn.Number), turn.Reply)));
        Assert.Equal((first.Id, "ann", (bool?)true), (stored.Thumbs.Single().CompletionId, stored.Thumbs.Single().Rater, stored.Thumbs.Single().Up));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => cluster.ChatAsync("breakfast", TestSilo.Ask("A tea.", user: "bob")));
        Assert.Equal(Refusal.NotYours, refused.Refusal);
    }

    [AzuriteFact]
    public async Task A_request_whose_silo_is_gone_before_its_reply_was_heard_is_not_answered_twice()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var request = TestSilo.Ask("A latte.") with { RequestId = "r" };
        var unheard = await cluster.ChatAsync("breakfast", request);
        await cluster.KillAsync(await cluster.HolderAsync(cluster.Grain<IConversationGrain>("breakfast")));

        Assert.Equal((unheard.Id, unheard.Text), await IdAndTextAsync(request with { Again = true }));
        Assert.Single((await cluster.Grain<IConversationGrain>("breakfast").GetAsync())!.Turns);

        async Task<(string, string)> IdAndTextAsync(ChatRequest again)
        {
            var reply = await cluster.ChatAsync("breakfast", again);
            return (reply.Id, reply.Text);
        }
    }

    [AzuriteFact]
    public async Task A_conversation_takes_turns_that_wait_to_be_saved_along_when_it_moves()
    {
        using var proxy = new FaultyProxy(AzuriteServer.Shared.Port);
        await using var cluster = await TestCluster.StartAsync(2, connection: proxy.ConnectionString);
        var conversation = cluster.Grain<IConversationGrain>("breakfast");
        var first = await cluster.ChatAsync("breakfast", TestSilo.Ask("A latte."));
        proxy.Rule = request => request.HttpMethod == "POST" && request.RawUrl!.Contains("turns", StringComparison.Ordinal) ? Fault.Busy : Fault.None;
        var waiting = await cluster.ChatAsync("breakfast", TestSilo.Ask("And a tea."));

        var holder = await cluster.HolderAsync(conversation);
        var other = cluster.Silos.Single(silo => silo != holder);
        proxy.Rule = _ => Fault.None;
        await cluster.MoveAsync(conversation, other); // well before the next attempt to save what waits
        var third = await cluster.ChatAsync("breakfast", TestSilo.Ask("And a cake."), other);

        Assert.Equal([first.Id, waiting.Id, third.Id], (await conversation.GetAsync())!.Turns.Select(turn => CompletionId.Of("breakfast", turn.Number)));
        Assert.Equal([first.Text, waiting.Text, third.Text], (await conversation.GetAsync())!.Turns.Select(turn => turn.Reply));
    }

    [AzuriteFact]
    public async Task Every_silo_reaches_a_conversation_and_one_that_joins_later_does_too()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        var joined = await cluster.JoinAsync();
        foreach (var silo in cluster.Silos.Append(joined).Distinct())
        {
            await cluster.ChatAsync("breakfast", TestSilo.Ask("A latte."), silo);
        }

        Assert.Equal([1, 2, 3], (await cluster.Grain<IConversationGrain>("breakfast", joined).GetAsync())!.Turns.Select(turn => turn.Number));
    }
}
