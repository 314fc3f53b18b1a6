using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Rlhf.Contracts;
using Rlhf.Grains.Raters;
using Rlhf.Storage;

namespace Rlhf.Grains.Tests.Raters;

public sealed class RatersGrainTests
{
    [Fact]
    public async Task What_was_kept_along_the_way_is_what_the_ledger_gives_after_overwriting_retracting_erasing_and_restarts()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<RaterOptions>(options => options.Window = 300));
        var ledger = silo.Get<IFeedbackLedger>();
        var random = new Random(1);
        var last = 0L;
        for (var round = 0; round < 9; round++)
        {
            var batch = Enumerable.Range(0, 95).Select(i => Thumb($"e{round}-{i}", $"rater {random.Next(12)}", random.Next(40), random.Next(5) switch { 0 => null, 1 => false, _ => true })).ToList();
            last = (await ledger.AppendAsync(batch))[^1].Sequence;
            if (round % 2 == 1)
            {
                // Some are in the stored window already, some are not, and some have left it.
                await Raters(silo).GetAsync("rater 1");
                await ledger.EraseAsync(Erasure.OfUser, [last, last - 60, last - 150, last - 290, Math.Max(1, last - 500)], DateTimeOffset.UnixEpoch);
                await Raters(silo).GetAsync("rater 1");
            }

            if (round % 3 == 2)
            {
                await silo.RestartAsync();
                ledger = silo.Get<IFeedbackLedger>();
            }
        }

        var kept = await ShownAsync(silo);
        var rebuilt = await Raters(silo).RebuildAsync();
        Assert.Equal((await ledger.LastSequenceAsync(), 0), (rebuilt.Cursor, rebuilt.Mended));
        Assert.InRange(rebuilt.Entries, 250, 400);
        Assert.Equal(kept, await ShownAsync(silo));

        // An independent count: the last word of each rater on each reply, of the window's entries.
        var window = await ledger.ReadAsync(Math.Max(0, rebuilt.Cursor - 300) / 100 * 100).Where(entry => entry.Event.IsFeedback).ToListAsync();
        foreach (var rater in window.GroupBy(entry => entry.Event.Rater))
        {
            var words = rater.GroupBy(entry => entry.Event.CompletionId).Select(reply => reply.Last().Event.Up).ToList();
            var report = (await Raters(silo).GetAsync(rater.Key))!;
            Assert.Equal((words.Count(up => up is true), words.Count(up => up is false)), (report.Likes, report.Dislikes));
        }
    }

    [Fact]
    public async Task A_stored_part_that_was_lost_or_changed_is_mended()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Get<IFeedbackLedger>().AppendAsync([.. Enumerable.Range(0, 450).Select(i => Thumb($"e{i}", $"rater {i % 7}", i, i % 3 > 0))]);
        var shown = await ShownAsync(silo);
        var segments = new WindowSegments(silo.Get<IGrainStorage>(), "demo");
        var changed = (await segments.ReadAsync(2, default))!;
        await segments.WriteAsync(2, [.. changed.Select(given => given with { Said = given.Said with { Up = true } })], default);
        await segments.ClearAsync(1, default);
        await silo.RestartAsync();

        Assert.Equal(2, (await Raters(silo).RebuildAsync()).Mended);
        Assert.Equal(0, (await Raters(silo).RebuildAsync()).Mended);
        Assert.Equal(shown, await ShownAsync(silo));
    }

    [Fact]
    public async Task An_erasure_that_a_crash_interrupted_is_finished_when_the_window_is_opened()
    {
        await using var silo = await TestSilo.StartAsync();
        var ledger = silo.Get<IFeedbackLedger>();
        await ledger.AppendAsync([.. Enumerable.Range(0, 250).Select(i => Thumb($"e{i}", i < 100 ? "eve" : "ann", i, true))]);
        Assert.Equal(100, (await Raters(silo).GetAsync("eve"))!.Statements);
        await silo.RestartAsync(); // the ledger erases, the grain has not heard of it when the process ends
        await silo.Get<IFeedbackLedger>().EraseAsync(Erasure.OfUser, [.. Enumerable.Range(1, 100)], DateTimeOffset.UnixEpoch);
        await silo.Get<IFeedbackLedger>().AppendAsync([.. Enumerable.Range(300, 60).Select(i => Thumb($"e{i}", "ann", i, true))]);
        Assert.Null(await Raters(silo).GetAsync("eve"));
        Assert.Empty((await new WindowSegments(silo.Get<IGrainStorage>(), "demo").ReadAsync(0, default))!);
    }

    [Fact]
    public async Task A_rater_of_bad_faith_is_suspected_with_evidence_and_left_out_by_rule_where_that_is_set()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<RaterOptions>(options => options.Quarantine = RaterOptions.Auto));
        await silo.Get<IFeedbackLedger>().AppendAsync([.. Enumerable.Range(0, 40).SelectMany(reply =>
            ((string[])["ann", "bob", "cleo", "troll"]).Select(rater => Thumb($"{rater}{reply}", rater, reply, rater == "troll" ? reply % 2 != 0 : reply % 2 == 0)))]);
        var page = await Raters(silo).ListAsync(3, null);
        Assert.Equal(["ann", "bob", "cleo"], page.Raters.Select(rater => rater.Id));
        Assert.Equal((true, 4), (page.HasMore, page.Total));
        Assert.All(page.Raters, rater => Assert.False(rater.IsSuspected));
        var troll = Assert.Single((await Raters(silo).ListAsync(3, "cleo")).Raters);
        Assert.Equal((true, 0.05), (troll.IsSuspected, troll.Weight));
        Assert.Contains(troll.Suspicions, suspicion => suspicion.Kind == "consensus" && suspicion.Evidence.Contains("of 40 comparable"));

        var selected = await Raters(silo).SelectAsync(new FeedbackSelection(160, 1000, [], FilteredToo: false, Weigh: true));
        Assert.Equal((120, 40), (selected.Given.Length, selected.Quarantined));
        Assert.Equal("rule", (await Raters(silo).GetAsync("troll"))!.Quarantine!.By);
        Assert.Contains("comparable", (await Assert.ThrowsAsync<RefusedException>(() => silo.Grain<IRaterGrain>("troll").AdmitAsync())).Message);
    }

    [Fact]
    public async Task A_quarantine_survives_a_restart_keeps_its_beginning_and_ends_with_a_release_or_an_erasure()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Get<IFeedbackLedger>().AppendAsync([.. Enumerable.Range(0, 10).Select(i => Thumb($"e{i}", "troll", i, true))]);
        Assert.Contains("'nobody'", (await Assert.ThrowsAsync<RefusedException>(() => Raters(silo).QuarantineAsync("nobody", "why", "ops"))).Message);
        var first = (await Raters(silo).QuarantineAsync("troll", "presses at random", "ops")).Quarantine!;
        await silo.RestartAsync();

        silo.Clock.Advance(TimeSpan.FromHours(1));
        var again = (await Raters(silo).QuarantineAsync("troll", "certainly", "other")).Quarantine!;
        Assert.Equal((first.At, "certainly", 1), (again.At, again.Reason, again.First));
        Assert.Equal(0, (await Raters(silo).GetAsync("troll"))!.Weight);
        await Assert.ThrowsAsync<RefusedException>(() => silo.Grain<IRaterGrain>("troll").AdmitAsync());

        Assert.Null((await Raters(silo).ReleaseAsync("troll")).Quarantine);
        await silo.Grain<IRaterGrain>("troll").AdmitAsync();
        await Raters(silo).QuarantineAsync("troll", "once more", "ops");
        await Raters(silo).ForgetAsync("troll");
        Assert.Empty(await Raters(silo).GetQuarantinedAsync());
    }

    [Fact]
    public async Task Gold_questions_are_asked_once_a_rater_and_trained_on_never()
    {
        await using var silo = await TestSilo.StartAsync();
        foreach (var i in Enumerable.Range(0, 30))
        {
            await Raters(silo).AddGoldAsync(new GoldQuestion($"chatcmpl-c{i}-1", i % 2 == 0));
        }

        var order = new List<string>();
        while (await Raters(silo).NextGoldAsync("ann") is { } question)
        {
            order.Add(question.CompletionId);
            await silo.Get<IFeedbackLedger>().AppendAsync(Thumb(question.CompletionId, "ann", 0, question.Up) with { CompletionId = question.CompletionId });
        }

        Assert.Equal(30, order.Distinct().Count());
        Assert.NotEqual(order.Order(StringComparer.Ordinal), order);
        Assert.NotEqual(order[0], (await Raters(silo).NextGoldAsync("cleo"))!.CompletionId);
        await silo.Get<IFeedbackLedger>().AppendAsync([.. Enumerable.Range(0, 30).Select(i => Thumb($"x{i}", "eve", i, i % 2 != 0))]);
        var (ann, eve) = ((await Raters(silo).GetAsync("ann"))!, (await Raters(silo).GetAsync("eve"))!);
        Assert.Equal((30, 30, false, 30, 0, true), (ann.Gold, ann.GoldRight, ann.IsSuspected, eve.Gold, eve.GoldRight, eve.IsSuspected));
        Assert.Empty((await Raters(silo).SelectAsync(new FeedbackSelection(60, 1000, [], FilteredToo: false, Weigh: false))).Given);
        Assert.True(await Raters(silo).RemoveGoldAsync(order[0]));
        Assert.Equal(2, (await Raters(silo).SelectAsync(new FeedbackSelection(60, 1000, [], FilteredToo: false, Weigh: false))).Given.Length);
    }

    [Fact]
    public async Task Cohorts_sum_what_stands_by_tag_and_version()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.Get<IFeedbackLedger>().AppendAsync(
        [
            .. Enumerable.Range(0, 6).Select(i => Thumb($"a{i}", $"rater {i % 2}", i, i < 4) with { Tags = ["expert", "expert"] }),
            .. Enumerable.Range(0, 6).Select(i => Thumb($"b{i}", "ann", i, false)),
            Thumb("rare", "ann", 50, true) with { Tags = ["rare"] },
            Thumb("again", "rater 0", 0, false) with { Tags = ["expert"] },
        ]);
        var cohorts = await Raters(silo).GetCohortsAsync();
        Assert.Equal(["", "expert"], cohorts.Select(cohort => cohort.Name));
        Assert.Equal((13, 3, 7, 13, 4.0), (cohorts[0].Statements, cohorts[0].Raters, cohorts[0].Replies, cohorts[0].Scored, cohorts[0].Score));
        Assert.Equal((6, 2, 6, 3.0, 6), (cohorts[1].Statements, cohorts[1].Raters, cohorts[1].Replies, cohorts[1].Score, cohorts[1].Kinds["thumbs"]));
    }

    private static IRatersGrain Raters(TestSilo silo) => silo.Grain<IRatersGrain>("demo");

    private static async Task<string> ShownAsync(TestSilo silo) => System.Text.Json.JsonSerializer.Serialize(
        new { Raters = (await Raters(silo).ListAsync(100, null)).Raters, Cohorts = await Raters(silo).GetCohortsAsync(), (await Raters(silo).SelectAsync(new FeedbackSelection(long.MaxValue, 1000, [], false, true))).Given });

    private static FeedbackEvent Thumb(string id, string rater, int reply, bool? up) => new(
        id, up is null ? FeedbackKind.Retraction : FeedbackKind.Thumbs, $"chatcmpl-c{reply}-1", rater, up, null, [], "v1", $"c{reply}",
        [new ChatMessage("user", "A latte.")], "Yes.", [], [], DateTimeOffset.UnixEpoch.AddMinutes(reply));
}
