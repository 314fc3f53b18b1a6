using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Retention;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Retention;

public sealed class RetentionGrainTests
{
    [Fact]
    public async Task What_is_older_than_is_kept_goes_and_the_rest_stays()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<RetentionOptions>(kept => (kept.Turns, kept.Feedback) = (TimeSpan.FromDays(30), TimeSpan.FromDays(90))));
        var retention = silo.Grain<IRetentionGrain>("demo");
        await silo.ChatAsync("old", TestSilo.Ask("A latte.", user: "ann"));
        await silo.ChatAsync("quiet again", TestSilo.Ask("A latte."));
        await silo.Grain<IConversationGrain>("old").RateAsync(new ThumbRequest("e1", 1, "ann", true, null, []));
        await silo.Get<FeedbackImport>().RecordAsync([new ImportedFeedback("i1", "g", [new ChatMessage("user", "Hi")], "Hello", "ann") { Up = true }], CancellationToken.None);
        silo.Clock.Advance(TimeSpan.FromDays(31));
        await silo.ChatAsync("quiet again", TestSilo.Ask("A tea."));
        await silo.ChatAsync("young", TestSilo.Ask("A tea."));
        await silo.Grain<IConversationGrain>("young").RateAsync(new ThumbRequest("e2", 1, "ann", true, null, []));

        Assert.Equal(new ErasedCounts(1, 0), await retention.ApplyAsync());
        Assert.Equal(new ErasedCounts(0, 0), await retention.ApplyAsync());
        Assert.Null(await silo.Grain<IConversationGrain>("old").GetAsync());
        Assert.Equal(2, (await silo.Grain<IConversationGrain>("quiet again").GetAsync())!.Turns.Length);
        Assert.Single((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations); // for its feedback's sake

        silo.Clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal(2, (await retention.ApplyAsync()).Feedback);
        Assert.Equal(["e2"], (await silo.Get<IFeedbackLedger>().ReadAsync(0).ToListAsync()).Where(entry => entry.Event.IsFeedback).Select(entry => entry.Event.Id));
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "ann", 10, null))!.Conversations);
        Assert.True((await silo.Get<IFeedbackLedger>().VerifyAsync()).Holds);
    }

    [Fact]
    public async Task Nothing_is_too_old_where_nothing_is_said()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.ChatAsync("c", TestSilo.Ask("A latte."));
        silo.Clock.Advance(TimeSpan.FromDays(10_000));
        Assert.Equal(new ErasedCounts(0, 0), await silo.Grain<IRetentionGrain>("demo").ApplyAsync());
        Assert.NotNull(await silo.Grain<IConversationGrain>("c").GetAsync());
    }

    [Fact]
    public async Task What_can_not_be_read_goes_with_its_age_and_one_conversation_that_fails_keeps_no_other()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<RetentionOptions>(kept => (kept.Turns, kept.Feedback) = (TimeSpan.FromDays(30), TimeSpan.FromDays(30))));
        foreach (var (conversation, turns) in new[] { ("c1", 1), ("c2", 2), ("c3", 1), ("c4", 1) })
        {
            for (var turn = 1; turn <= turns; turn++)
            {
                await silo.ChatAsync(conversation, TestSilo.Ask("A latte.", user: "ann"));
            }

            await silo.Grain<IConversationGrain>(conversation).RateAsync(new ThumbRequest($"e-{conversation}", turns, "ann", true, null, []));
        }

        silo.Clock.Advance(TimeSpan.FromDays(31));
        await silo.ChatAsync("young", TestSilo.Ask("A tea."));
        await silo.RestartAsync();
        await silo.DamageAsync("UPDATE turns SET content = @content WHERE conversation = 'c2' AND number = 1");
        await silo.DamageAsync("UPDATE grain_state SET content = '[' || content WHERE grain = 'conversation/c3'");

        Assert.Equal(new ErasedCounts(4, 4), await silo.Grain<IRetentionGrain>("demo").ApplyAsync());
        Assert.Equal(0, (await silo.Get<ITurnStore>().ReadAsync("c2")).Stored);
        Assert.Equal(new ErasedCounts(1, 0), await silo.Grain<IRetentionGrain>("demo").ApplyAsync()); // of which no feedback is left that its owner would be needed for
        Assert.Equal(new ErasedCounts(0, 0), await silo.Grain<IRetentionGrain>("demo").ApplyAsync());
        Assert.DoesNotContain(await silo.Get<IFeedbackLedger>().ReadAsync(0).ToListAsync(), entry => entry.Event.IsFeedback);
        Assert.True((await silo.Get<IFeedbackLedger>().VerifyAsync()).Holds);
    }

    [Fact]
    public async Task A_conversation_of_which_no_turn_was_ever_kept_goes_as_well()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<RetentionOptions>(kept => kept.Turns = TimeSpan.FromDays(30)));
        var retention = silo.Grain<IRetentionGrain>("demo");
        await silo.ChatAsync("unstored", TestSilo.Ask("A latte.", user: "paul") with { Unstored = true });
        var (brokenOff, chunks) = await silo.BegunAsync(TestSilo.Ask("A latte.", user: "paul"));
        await chunks.DisposeAsync();
        Assert.Equal(new ErasedCounts(0, 0), await retention.ApplyAsync());
        Assert.NotEmpty((await silo.Get<IConversationIndex>().PageAsync(null, "paul", 10, null))!.Conversations);

        silo.Clock.Advance(TimeSpan.FromDays(31));
        await silo.ChatAsync("young", TestSilo.Ask("A tea.", user: "paul") with { Unstored = true });
        await retention.ApplyAsync();
        Assert.Equal(["young"], (await silo.Get<IConversationIndex>().PageAsync(null, "paul", 10, null))!.Conversations.Select(conversation => conversation.Id));
        Assert.Null(await silo.Grain<IConversationGrain>("unstored").GetAsync());
        Assert.Null(await silo.Grain<IConversationGrain>(brokenOff).GetAsync());
        Assert.Equal(CompletionId.Of("unstored", 2), (await silo.ChatAsync("unstored", TestSilo.Ask("A tea.", user: "ann"))).Id); // and no number comes again

        silo.Clock.Advance(TimeSpan.FromDays(31));
        await retention.ApplyAsync();
        Assert.Empty((await silo.Get<IConversationIndex>().PageAsync(null, "paul", 10, null))!.Conversations);
    }
}
