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
}
