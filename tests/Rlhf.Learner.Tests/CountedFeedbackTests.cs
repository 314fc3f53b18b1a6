using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Tests;
using Rlhf.Storage;

namespace Rlhf.Learner.Tests;

public sealed class CountedFeedbackTests
{
    [Fact]
    public async Task What_a_rater_says_last_counts_once_and_what_was_taken_back_does_not()
    {
        await using var silo = await TestSilo.StartAsync();
        var ledger = silo.Get<IFeedbackLedger>();
        await ledger.AppendAsync([Event("1", "ann", "c-1", true), Event("2", "bob", "c-1", true), Event("3", "ann", "c-1", false), Event("4", "bob", "c-1", null), Event("5", "eve", null, true), Event("6", "ann", "c-2", true)]);

        Assert.Equal(["3", "5", "6"], await IdsAsync(cursor: 6, most: 10));
        Assert.Equal(["5", "6"], await IdsAsync(cursor: 6, most: 2));
        Assert.Equal(["1", "2"], await IdsAsync(cursor: 2, most: 10));

        async Task<IEnumerable<string>> IdsAsync(long cursor, int most) =>
            (await CountedFeedback.SelectAsync(silo.Grain<IRatersGrain>("demo"), cursor, new LearnerSchedule { MostThumbs = most }, [], filteredToo: false, weigh: false, CancellationToken.None)).Counted.Select(pressed => pressed.Said.Id);
    }

    [Fact]
    public async Task A_flood_pushes_nobody_elses_out()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Get<IFeedbackLedger>().AppendAsync(
            [.. Enumerable.Range(1, 60).Select(i => Event($"{i}", $"rater-{i % 12}", $"c-{i}", true)), .. Enumerable.Range(61, 40).Select(i => Event($"{i}", "eve", $"c-{i}", false))]);
        var counted = await CountedFeedback.SelectAsync(silo.Grain<IRatersGrain>("demo"), cursor: 100, new LearnerSchedule { MostThumbs = 40 }, [], filteredToo: false, weigh: false, CancellationToken.None);
        Assert.Equal((8, 32, 32), (counted.Counted.Count(given => given.Said.Rater == "eve"), counted.Counted.Count(given => given.Said.Rater != "eve"), counted.OverShare));
    }

    [Fact]
    public async Task What_a_rolled_back_version_learned_from_waits_and_what_names_nobody_is_set_aside()
    {
        await using var silo = await TestSilo.StartAsync();
        var ledger = silo.Get<IFeedbackLedger>();
        await ledger.AppendAsync([Event("1", "ann", "c-1", true), Event("2", "bob", "c-2", true), Event("3", "ann", "c-1", false), Event("4", " ", "c-1", true), Event("5", "\u00a0", null, true), Event("6", "\u2028", null, true), Event("7", "eve", "c-1", true)]);

        var thumbs = await CountedFeedback.SelectAsync(silo.Grain<IRatersGrain>("demo"), cursor: 7, new LearnerSchedule(), [new WithheldFeedback("v1", After: 1, UpTo: 3)], filteredToo: false, weigh: false, CancellationToken.None);
        Assert.Equal(["1", "7"], thumbs.Counted.Select(pressed => pressed.Said.Id));
        Assert.Equal((3, 2, 0), (thumbs.Unreadable, thumbs.Withheld, thumbs.OverShare));
        Assert.Contains("2 more wait for an operator", Assert.Throws<RefusedException>(() => thumbs.RequireEnough(least: 2, new FeedbackOptions())).Message);
    }

    [Fact]
    public async Task Thumbs_on_what_moderation_refused_count_only_where_that_is_asked_for()
    {
        await using var silo = await TestSilo.StartAsync();
        var ledger = silo.Get<IFeedbackLedger>();
        await ledger.AppendAsync([Event("1", "ann", "c-1", true), Event("2", "bob", "c-2", true) with { Filtered = "insults" }, Event("3", "ann", "c-3", false)]);

        var thumbs = await CountedFeedback.SelectAsync(silo.Grain<IRatersGrain>("demo"), cursor: 3, new LearnerSchedule(), [], filteredToo: false, weigh: false, CancellationToken.None);
        Assert.Equal(["1", "3"], thumbs.Counted.Select(pressed => pressed.Said.Id));
        Assert.Contains("1 more are on what moderation refused", Assert.Throws<RefusedException>(() => thumbs.RequireEnough(least: 2, new FeedbackOptions())).Message);
        Assert.Equal(3, (await CountedFeedback.SelectAsync(silo.Grain<IRatersGrain>("demo"), cursor: 3, new LearnerSchedule(), [], filteredToo: true, weigh: false, CancellationToken.None)).Counted.Count);
    }

    [Theory]
    [InlineData(new[] { true, true, true, true }, "4 thumbs up and 0 down")]
    [InlineData(new[] { true, false }, "at least 2 thumbs of each kind")]
    public void Too_few_thumbs_of_a_kind_are_told(bool[] pressed, string said)
    {
        FeedbackEvent[] thumbs = [.. pressed.Select((up, i) => Event($"{i}", "ann", $"c-{i + 1}", up))];
        Assert.Contains(said, Assert.Throws<RefusedException>(() => new CountedFeedback([.. thumbs.Select(thumb => GivenFeedback.Of(1, thumb))], 0, 0, 0).RequireEnough(least: 2, new FeedbackOptions())).Message);
    }

    [Fact]
    public void Thumbs_on_one_dialogue_only_are_told()
    {
        FeedbackEvent[] thumbs = [.. Enumerable.Range(0, 6).Select(i => Event($"{i}", $"rater {i}", "c-1", i % 2 == 0))];
        Assert.Contains("one and the same dialogue", Assert.Throws<RefusedException>(() => new CountedFeedback([.. thumbs.Select(thumb => GivenFeedback.Of(1, thumb))], 0, 0, 0).RequireEnough(least: 2, new FeedbackOptions())).Message);
    }

    private static FeedbackEvent Event(string id, string rater, string? completion, bool? up) => new(
        id,
        up is null ? FeedbackKind.Retraction : FeedbackKind.Thumbs,
        completion is null ? null : $"chatcmpl-{completion}",
        rater,
        up,
        null,
        [],
        "base",
        "group",
        [new ChatMessage("user", $"question of {completion}")],
        "reply",
        [],
        [],
        DateTimeOffset.UnixEpoch);
}
