using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.Versions;

public sealed class VersionHistoryTests
{
    [Fact]
    public async Task Every_step_is_kept_with_its_time_its_cause_and_who_decided_over_restarts()
    {
        await using var silo = await TestSilo.StartAsync();
        var begun = silo.Clock.GetUtcNow();
        await silo.MakeAsync("v1", 1);
        silo.Clock.Advance(TimeSpan.FromMinutes(1));
        await Version(silo, "v1").MeasuredAsync(ImmutableDictionary<string, double>.Empty);
        silo.Clock.Advance(TimeSpan.FromMinutes(1));
        await silo.Catalog.PublishAsync("v1");
        silo.Clock.Advance(TimeSpan.FromMinutes(1));
        await silo.Catalog.RollBackAsync("v1", VersionDecision.OfOperator("ops", "rude", "rolled back by hand"));
        await silo.RestartAsync();
        silo.Clock.Advance(TimeSpan.FromMinutes(1));
        await silo.Catalog.PromoteAsync("v1", VersionDecision.OfOperator(null, null, "promoted by hand"));

        VersionStep[] expected =
        [
            new(begun, null, VersionState.Training, "job 'job-v1' began", "learner"),
            new(begun.AddMinutes(1), VersionState.Training, VersionState.Candidate, "its training ended", "learner"),
            new(begun.AddMinutes(2), VersionState.Candidate, VersionState.Canary, "passed the gate", "gate"),
            new(begun.AddMinutes(2), VersionState.Canary, VersionState.Live, "passed the gate, and there are no canaries (Versions:Canary)", "gate"),
            new(begun.AddMinutes(3), VersionState.Live, VersionState.RolledBack, "rude", "operator ops"),
            new(begun.AddMinutes(4), VersionState.RolledBack, VersionState.Live, "promoted by hand", "operator"),
        ];
        Assert.Equal(expected, await HistoryAsync(silo, "v1"));
        expected =
        [
            new(begun, null, VersionState.Live, "the base model", "catalogue"),
            new(begun.AddMinutes(2), VersionState.Live, VersionState.Retired, "'v1' took its place", "gate"),
            new(begun.AddMinutes(3), VersionState.Retired, VersionState.Live, "'v1' was rolled back", "operator ops"),
            new(begun.AddMinutes(4), VersionState.Live, VersionState.Retired, "'v1' took its place", "operator"),
        ];
        Assert.Equal(expected, await HistoryAsync(silo, "base"));
    }

    [Fact]
    public async Task A_version_that_was_rolled_back_answers_again_when_it_is_promoted_and_what_it_learned_from_stays_withheld()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1, cursor: 10);
        await silo.Catalog.PublishAsync("v1");
        await silo.Catalog.RollBackAsync("v1");
        await silo.Catalog.PromoteAsync("v1");
        Assert.Equal("v1", (await silo.ChatAsync("c", TestSilo.Ask("A latte."))).Version);
        Assert.Equal("v1", Assert.Single(await silo.Catalog.GetWithheldAsync()).Version);

        await silo.Catalog.RollBackAsync("v1");
        Assert.Single(await silo.Catalog.GetWithheldAsync()); // once, however often it was rolled back
        await silo.Catalog.ReleaseAsync("v1");
        Assert.Empty(await silo.Catalog.GetWithheldAsync());
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task What_descends_from_a_version_that_was_rolled_back_is_not_published_at_any_depth(string rolledBack)
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        await silo.MakeAsync("v2", 2, parent: "v1");
        await silo.Catalog.PublishAsync("v2");
        await silo.MakeAsync("v3", 3, parent: "v2");
        await silo.Catalog.RollBackAsync(rolledBack);
        var live = (await silo.Catalog.GetAsync()).Live;

        Assert.Equal(live, (await silo.Catalog.PublishAsync("v3")).Live);
        var step = (await HistoryAsync(silo, "v3"))[^1];
        Assert.Equal((VersionState.Rejected, "gate"), (step.To, step.By));
        Assert.StartsWith($"its ancestor '{rolledBack}' was rolled back", step.Cause);

        await silo.MakeAsync("v4", 4, parent: "v2");
        await silo.Catalog.PromoteAsync(rolledBack);
        Assert.Equal("v4", (await silo.Catalog.PublishAsync("v4")).Live); // it is trusted again
    }

    [Fact]
    public async Task A_live_version_that_is_no_longer_kept_retires_and_is_not_rolled_back()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.KeepRetired = 0));
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        await silo.MakeAsync("v2", 2);
        await silo.Catalog.PublishAsync("v2");
        await silo.RestartAsync();
        Assert.Equal(VersionState.Retired, (await HistoryAsync(silo, "v1"))[^1].To);
        await silo.Catalog.RollBackAsync("v2");
        Assert.Equal("v1", (await silo.Catalog.GetAsync()).Live);
    }

    private static IModelVersionGrain Version(TestSilo silo, string version) => silo.Grain<IModelVersionGrain>($"demo:{version}");

    private static async Task<ImmutableArray<VersionStep>> HistoryAsync(TestSilo silo, string version) => (await Version(silo, version).GetAsync())!.History!.Value;
}
