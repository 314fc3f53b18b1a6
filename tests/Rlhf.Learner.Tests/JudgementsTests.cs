using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Tests;
using Rlhf.Learning.Data;
using Rlhf.Storage;

namespace Rlhf.Learner.Tests;

public sealed class JudgementsTests
{
    private static readonly FeedbackOptions Options = new()
    {
        ReportWeight = 3,
        Signals = { Copied = 0.5, Edited = -1 },
        Labels = { ["tone"] = new LabelQuestion { Answers = { ["kind"] = 1, ["rude"] = 0 } }, ["right"] = new LabelQuestion { Weight = 3, Answers = { ["yes"] = 1, ["no"] = 0 } } },
    };

    [Fact]
    public void What_is_imported_becomes_what_was_given()
    {
        var given = new ImportedFeedback("i", "g", [new ChatMessage("user", "Hi")], "good", "ann");

        Assert.True(Assert.IsType<ThumbedReply>(Assert.Single(Judgements.Of((given with { Up = true }).ToEvent(default), trust: 1, Options))).Up);
        var pair = Assert.IsType<RankedReplies>(Assert.Single(Judgements.Of((given with { Rejected = "bad" }).ToEvent(default), trust: 1, Options)));
        Assert.Equal([("good", 1), ("bad", 2)], pair.Replies.Select(reply => (reply.Text, reply.Rank)));
        Assert.Equal("good", Assert.IsType<Demonstration>(Assert.Single(Judgements.Of(given.ToEvent(default), trust: 1, Options))).Reply);
        Assert.All((ImportedFeedback[])[given, given with { Up = false }, given with { Rejected = "bad" }], one => Assert.Equal(1, one.ToEvent(default).NetChange));
    }

    [Fact]
    public void Each_kind_becomes_what_it_says()
    {
        Assert.Equal([(true, 0.5)], Thumbs(FeedbackKind.Accepted, new() { Positive = true }));
        Assert.Equal([(false, 0.5)], Thumbs(FeedbackKind.Accepted, new() { Positive = false }));
        Assert.Equal([(false, 1.5)], Thumbs(FeedbackKind.Report, new() { Text = "rude" }));
        Assert.Equal([(true, 0.25)], Thumbs(FeedbackKind.Signal, new() { Signal = "copied" }));
        Assert.Equal([(false, 0.1)], Thumbs(FeedbackKind.Signal, new() { Signal = "edited", Distance = 0.2 }));
        Assert.Empty(Of(FeedbackKind.Signal, new() { Signal = "abandoned" }));
        Assert.Empty(Of(FeedbackKind.Comment, null));
        Assert.Equal([(true, 0.375), (false, 0.125)], Thumbs(FeedbackKind.Labels, new() { Labels = [new("right", "yes"), new("tone", "rude")] }));
        Assert.Equal([(true, 0.5)], Thumbs(FeedbackKind.Labels, new() { Labels = [new("tone", "kind"), new("long gone", "yes")] }));
        Assert.Equal([(true, 0.125)], Thumbs(FeedbackKind.Thumbs, new() { Positive = true, Share = 0.25 }));
        var rating = Assert.IsType<StarredReply>(Assert.Single(Of(FeedbackKind.Rating, new() { Stars = 4 })));
        Assert.Equal((4, 0.5, "ann", "c"), (rating.Stars, rating.Weight, rating.Rater, rating.Group));
    }

    [Fact]
    public void A_correction_is_better_than_what_it_corrects_and_to_be_imitated()
    {
        var said = Of(FeedbackKind.Correction, new() { Text = "Here is your latte." });
        var ranked = Assert.IsType<RankedReplies>(said[0]);
        Assert.Equal([("Here is your latte.", 1), ("Yes.", 2)], ranked.Replies.Select(reply => (reply.Text, reply.Rank)));
        Assert.Equal("Here is your latte.", Assert.IsType<Demonstration>(said[1]).Reply);
    }

    [Fact]
    public void A_comparison_keeps_its_ties()
    {
        var ranked = Assert.IsType<RankedReplies>(Assert.Single(Of(
            FeedbackKind.Comparison, new() { Rank = 2, Others = [new("chatcmpl-d-1", 1, "v2", "Sure.", [], []), new("chatcmpl-e-1", 2, "v2", "No.", [], [])] })));
        Assert.Equal([("Yes.", 2), ("Sure.", 1), ("No.", 2)], ranked.Replies.Select(reply => (reply.Text, reply.Rank)));
    }

    [Fact]
    public async Task Kinds_stand_beside_each_other_and_what_nobody_learns_from_takes_no_room()
    {
        await using var silo = await TestSilo.StartAsync();
        var ledger = silo.Get<IFeedbackLedger>();
        await ledger.AppendAsync(
        [
            Event(FeedbackKind.Rating, new() { Stars = 1 }, "e1"),
            Event(FeedbackKind.Rating, new() { Stars = 5 }, "e2"),
            Event(FeedbackKind.Correction, new() { Text = "Better." }, "e3"),
            Event(FeedbackKind.Comment, null, "e4"),
            Event(FeedbackKind.Signal, new() { Signal = "abandoned" }, "e5"),
            Event(FeedbackKind.Report, new() { Text = "rude" }, "e6"),
            Event(FeedbackKind.Retraction, new() { Retracts = FeedbackKind.Report }, "e7"),
            Event(FeedbackKind.Comparison, new() { PartOf = "chatcmpl-d-1", Rank = 1, Others = [] }, "e8"),
        ]);
        var counted = await CountedFeedback.SelectAsync(silo.Grain<IRatersGrain>("demo"), cursor: 8, new LearnerSchedule { MostThumbs = 2 }, [], filteredToo: false, weigh: false, CancellationToken.None);
        Assert.Equal(["e2", "e3"], counted.Counted.Select(said => said.Said.Id));
        Assert.Equal(3, counted.Counted[^1].Sequence);
    }

    [Fact]
    public void Pairs_alone_are_enough_to_learn_from()
    {
        FeedbackEvent[] pairs = [.. Enumerable.Range(0, 4).Select(i => Event(FeedbackKind.Correction, new() { Text = "Better." }, $"{i}") with { Messages = [new ChatMessage("user", $"question {i}")] })];
        new CountedFeedback([.. pairs.Select(pair => GivenFeedback.Of(1, pair))], 0, 0, 0).RequireEnough(least: 4, Options);
        Assert.Throws<RefusedException>(() => new CountedFeedback([.. pairs.Select(pair => GivenFeedback.Of(1, pair))], 0, 0, 0).RequireEnough(least: 5, Options));
    }

    private static List<(bool, double)> Thumbs(FeedbackKind kind, FeedbackContent content) =>
        [.. Of(kind, content).Cast<ThumbedReply>().Select(thumb => (thumb.Up, Math.Round(thumb.Weight, 6)))];

    private static List<Judgement> Of(FeedbackKind kind, FeedbackContent? content) => [.. Judgements.Of(Event(kind, content, "e"), trust: 0.5, Options)];

    private static FeedbackEvent Event(FeedbackKind kind, FeedbackContent? content, string id) => new(
        id, kind, "chatcmpl-c-1", "ann", null, null, [], "base", "c", [new ChatMessage("user", "A latte.")], "Yes.", [], [], DateTimeOffset.UnixEpoch, Content: content);
}
