using Rlhf.Contracts;
using Rlhf.Grains.Tests;
using Rlhf.Storage;

namespace Rlhf.Learner.Tests;

public sealed class ThumbsTests
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
            (await Thumbs.ReadAsync(ledger, cursor, most, CancellationToken.None)).Select(pressed => pressed.Id);
    }

    [Theory]
    [InlineData(new[] { true, true, true, true }, "4 thumbs up and 0 down")]
    [InlineData(new[] { true, false }, "at least 2 of each")]
    public void Too_few_thumbs_of_a_kind_are_told(bool[] pressed, string said)
    {
        FeedbackEvent[] thumbs = [.. pressed.Select((up, i) => Event($"{i}", "ann", $"c-{i + 1}", up))];
        Assert.Contains(said, Assert.Throws<RefusedException>(() => Thumbs.RequireEnough(thumbs, least: 2)).Message);
    }

    [Fact]
    public void Thumbs_on_one_dialogue_only_are_told()
    {
        FeedbackEvent[] thumbs = [.. Enumerable.Range(0, 6).Select(i => Event($"{i}", $"rater {i}", "c-1", i % 2 == 0))];
        Assert.Contains("one and the same dialogue", Assert.Throws<RefusedException>(() => Thumbs.RequireEnough(thumbs, least: 2)).Message);
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
