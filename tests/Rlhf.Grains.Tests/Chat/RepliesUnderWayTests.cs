using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;

namespace Rlhf.Grains.Tests.Chat;

public sealed class RepliesUnderWayTests
{
    [Fact]
    public async Task A_process_that_stops_waits_for_its_replies_and_begins_no_new_one()
    {
        var replies = new RepliesUnderWay();
        replies.Begin();
        replies.Begin();
        replies.End();
        var stopping = replies.StopAsync(CancellationToken.None);
        Assert.False(stopping.IsCompleted);
        Assert.Equal(Refusal.Unavailable, Assert.Throws<RefusedException>(replies.Begin).Refusal);
        replies.End();
        await stopping;
    }

    [Fact]
    public async Task The_hosts_patience_ends_the_waiting()
    {
        var replies = new RepliesUnderWay();
        replies.Begin();
        using var patience = new CancellationTokenSource();
        var stopping = replies.StopAsync(patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping);
    }

    [Fact]
    public async Task A_reply_under_way_is_finished_and_stored_while_the_next_is_refused()
    {
        await using var silo = await TestSilo.StartAsync();
        var conversation = silo.Grain<IConversationGrain>("c");
        await using var reply = conversation.ChatAsync(TestSilo.Ask("A latte.", maxTokens: 40)).GetAsyncEnumerator();
        Assert.True(await reply.MoveNextAsync());

        var stopping = silo.Get<RepliesUnderWay>().StopAsync(CancellationToken.None);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("d", TestSilo.Ask("A tea.")));
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        while (await reply.MoveNextAsync())
        {
            // to its end
        }

        await stopping;
        Assert.Single((await conversation.GetAsync())!.Turns);
    }
}
