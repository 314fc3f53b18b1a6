using Rlhf.Contracts;

namespace Rlhf.Learner.Tests;

public sealed class RaterShareTests
{
    [Fact]
    public void One_raters_thumbs_are_at_most_a_share_of_all_where_there_are_raters_enough()
    {
        List<GivenFeedback> thumbs = [.. Enumerable.Range(0, 500).Select(i => Thumb("troll", i, up: false)), .. Enumerable.Range(0, 250).Select(i => Thumb($"rater-{i % 20}", 1000 + i, up: true))];
        var counted = CountedFeedback.WithinShare(thumbs, 0.2);
        Assert.Equal(62, counted.Count(thumb => thumb.Said.Rater == "troll")); // 62 of 312
        Assert.Equal(250, counted.Count(thumb => thumb.Said.Rater != "troll"));
        Assert.Equal(counted, CountedFeedback.WithinShare(thumbs, 0.2));
        Assert.Equal(counted, thumbs.Where(counted.Contains)); // the order stays

        Assert.Equal(thumbs, CountedFeedback.WithinShare(thumbs, 1));
        List<GivenFeedback> renamed = [.. thumbs.Select(thumb => thumb with { Said = thumb.Said with { Id = Guid.NewGuid().ToString("N") } })];
        Assert.Equal(counted.Select(thumb => thumb.Said.CompletionId), CountedFeedback.WithinShare(renamed, 0.2).Select(thumb => thumb.Said.CompletionId)); // ids of events are new in each run
        List<GivenFeedback> team = [.. thumbs.Take(100), .. Enumerable.Range(0, 8).Select(i => Thumb($"colleague-{i}", 5000 + i, up: true))];
        Assert.Equal(team, CountedFeedback.WithinShare(team, 0.2));
        List<GivenFeedback> imported = [.. thumbs.Take(400).Select(thumb => thumb with { Said = thumb.Said with { CompletionId = null } }), .. thumbs.Skip(500)];
        Assert.Equal(imported, CountedFeedback.WithinShare(imported, 0.2));
    }

    [Fact]
    public void Who_presses_last_and_most_pushes_nobody_elses_out_of_what_a_training_takes()
    {
        List<GivenFeedback> thumbs = [.. Enumerable.Range(0, 60).Select(i => Thumb($"rater-{i % 12}", i, up: true)), .. Enumerable.Range(0, 400).Select(i => Thumb("eve", 1000 + i, up: false))];
        var taken = CountedFeedback.WithinShare(thumbs, 0.2, most: 40).TakeLast(40).ToList();
        Assert.Equal((8, 32), (taken.Count(thumb => thumb.Said.Rater == "eve"), taken.Count(thumb => thumb.Said.Rater != "eve")));
    }

    private static GivenFeedback Thumb(string rater, int reply, bool up) => GivenFeedback.Of(reply + 1, new FeedbackEvent(
        $"{rater}/{reply}", FeedbackKind.Thumbs, $"chatcmpl-c{reply}-1", rater, up, null, [], "v1", $"c{reply}", [new ChatMessage("user", "A latte.")], "Yes.", [], [], DateTimeOffset.UnixEpoch));
}
