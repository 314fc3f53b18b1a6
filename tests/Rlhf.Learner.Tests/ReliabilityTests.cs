using Rlhf.Contracts;

namespace Rlhf.Learner.Tests;

public sealed class ReliabilityTests
{
    [Fact]
    public void Trust_starts_whole_and_falls_with_disagreement_but_never_to_nothing()
    {
        Assert.Equal(1, Reliability.Weight(agreed: 0, disagreed: 0), precision: 9);
        Assert.Equal(1, Reliability.Weight(agreed: 100, disagreed: 10), precision: 9);
        Assert.InRange(Reliability.Weight(agreed: 62, disagreed: 38), 0.4, 0.5);
        Assert.Equal(Reliability.Least, Reliability.Weight(agreed: 50, disagreed: 60));
    }

    [Fact]
    public void Raters_weigh_by_what_others_say_of_the_same_replies()
    {
        var thumbs = new List<FeedbackEvent>();
        for (var reply = 0; reply < 20; reply++)
        {
            thumbs.AddRange(((string[])["ann", "bob", "cleo"]).Select(rater => Thumb(rater, reply, up: reply % 2 == 0)));
            thumbs.Add(Thumb("troll", reply, up: reply % 2 != 0));
        }

        thumbs.Add(Thumb("alone", 99, up: true));
        thumbs.Add(Thumb("alone", 98, up: true) with { CompletionId = null });
        var weights = Reliability.Weights(thumbs);
        Assert.Equal(Reliability.Least, weights["troll"]);
        Assert.Equal(1, weights["alone"], precision: 9);
        Assert.All((string[])["ann", "bob", "cleo"], rater => Assert.Equal(Reliability.Weight(agreed: 40, disagreed: 20), weights[rater], precision: 12));
    }

    [Fact]
    public void Raters_of_one_name_at_two_clients_are_two()
    {
        var weights = Reliability.Weights([Thumb("ann", 1, up: true), Thumb("ann", 1, up: false) with { Client = "app" }, Thumb("app/ann", 1, up: true)]);
        Assert.Equal(["ann", "app%2Fann", "app/ann"], weights.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void One_raters_thumbs_are_at_most_a_share_of_all_where_there_are_raters_enough()
    {
        List<FeedbackEvent> thumbs = [.. Enumerable.Range(0, 500).Select(i => Thumb("troll", i, up: false)), .. Enumerable.Range(0, 250).Select(i => Thumb($"rater-{i % 20}", 1000 + i, up: true))];
        var counted = CountedFeedback.WithinShare(thumbs, 0.2);
        Assert.Equal(62, counted.Count(thumb => thumb.Rater == "troll")); // 62 of 312
        Assert.Equal(250, counted.Count(thumb => thumb.Rater != "troll"));
        Assert.Equal(counted, CountedFeedback.WithinShare(thumbs, 0.2));
        Assert.Equal(counted, thumbs.Where(counted.Contains)); // the order stays

        Assert.Equal(thumbs, CountedFeedback.WithinShare(thumbs, 1));
        List<FeedbackEvent> renamed = [.. thumbs.Select(thumb => thumb with { Id = Guid.NewGuid().ToString("N") })];
        Assert.Equal(counted.Select(thumb => thumb.CompletionId), CountedFeedback.WithinShare(renamed, 0.2).Select(thumb => thumb.CompletionId)); // ids of events are new in each run
        List<FeedbackEvent> team = [.. thumbs.Take(100), .. Enumerable.Range(0, 8).Select(i => Thumb($"colleague-{i}", 5000 + i, up: true))];
        Assert.Equal(team, CountedFeedback.WithinShare(team, 0.2));
        List<FeedbackEvent> imported = [.. thumbs.Take(400).Select(thumb => thumb with { CompletionId = null }), .. thumbs.Skip(500)];
        Assert.Equal(imported, CountedFeedback.WithinShare(imported, 0.2));
    }

    private static FeedbackEvent Thumb(string rater, int reply, bool up) => new(
        $"{rater}/{reply}", FeedbackKind.Thumbs, $"chatcmpl-c{reply}-1", rater, up, null, [], "v1", $"c{reply}", [new ChatMessage("user", "A latte.")], "Yes.", [], [], DateTimeOffset.UnixEpoch);
}
