using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.Versions;

public sealed class VersionLimitsTests
{
    private static readonly CanaryTest Test = new("v1", "base", After: 0, DateTimeOffset.UnixEpoch);

    [Theory]
    [InlineData(10, 3, false)]
    [InlineData(10, 4, true)]
    [InlineData(9, 9, false)]
    public void Too_many_reports_pass_the_limit(int conversations, int reported, bool passed)
    {
        var said = new CanaryEvidence(Test, VersionTally.Empty with { Conversations = conversations, Reported = reported }, VersionTally.Empty);
        Assert.Equal(passed, new VersionLimits().Passed(said, Figures(0), Figures(0)) is not null);
    }

    [Theory]
    [InlineData(100, 5, false)]
    [InlineData(100, 6, true)]
    [InlineData(49, 49, false)]
    public void Too_many_errors_pass_the_limit(int replies, int failures, bool passed) =>
        Assert.Equal(passed, new VersionLimits().Passed(Nothing, Figures(replies, failures), Figures(1000)) is not null);

    [Theory]
    [InlineData(60, 60, 150, false)]
    [InlineData(60, 60, 900, true)]
    [InlineData(60, 40, 900, false)]
    [InlineData(40, 60, 900, false)]
    public void A_first_token_that_takes_much_longer_than_the_live_versions_passes_the_limit(int replies, int liveReplies, int milliseconds, bool passed) =>
        Assert.Equal(passed, new VersionLimits().Passed(Nothing, Figures(replies, 0, milliseconds), Figures(liveReplies, 0, 100)) is not null);

    [Fact]
    public void The_median_is_that_of_all_silos_to_within_a_bucket()
    {
        var all = VersionFigures.Sum("v1", [new ServedFigures("a", [Figures(10, 1, 20)]), new ServedFigures("b", [Figures(30, 2, 200), Figures(5) with { Version = "v2" }])]);
        Assert.Equal((40, 3), (all.Replies, all.Failures));
        Assert.InRange(all.MedianFirstToken!.Value.TotalMilliseconds, 200 / Math.Sqrt(2), 200 * Math.Sqrt(2));
        Assert.Null(Figures(0).MedianFirstToken);
        Assert.Equal((0, VersionFigures.Buckets - 1), (VersionFigures.BucketOf(TimeSpan.Zero), VersionFigures.BucketOf(TimeSpan.FromDays(1))));
    }

    [Fact]
    public async Task A_canary_beyond_a_limit_is_rolled_back_at_once_by_what_the_silos_tell()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => (options.Canary, options.DecideEvery) = (true, TimeSpan.FromHours(1))));
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        var canary = silo.Grain<ICanaryGrain>("demo");
        await canary.DecideAsync(new ServedFigures("one", [Figures(40, 2)]));
        Assert.NotNull(await silo.Catalog.GetTestAsync());
        await canary.DecideAsync(new ServedFigures("other", [Figures(40, 3)]));
        Assert.Null(await silo.Catalog.GetTestAsync());
        var step = (await silo.Grain<IModelVersionGrain>("demo:v1").GetAsync())!.History!.Value[^1];
        Assert.Equal((VersionState.RolledBack, "limits", "5 of 80 replies broke off with an error; at most 5% may (Versions:Limits:Errors)"), (step.To, step.By, step.Cause.Replace(" %", "%")));
    }

    [Fact]
    public async Task Each_silo_counts_its_replies_from_the_canary_on()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options => options.Canary = true));
        await silo.ChatAsync("before", TestSilo.Ask("A latte."));
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        await silo.ChatAsync("after", TestSilo.Ask("A latte.", version: "v1"));
        var counted = Assert.Single(silo.Get<ReplyFigures>().Read());
        Assert.Equal(("v1", 1, 0, 1), (counted.Version, counted.Replies, counted.Failures, counted.FirstTokens.Sum()));
    }

    private static CanaryEvidence Nothing { get; } = new(Test, VersionTally.Empty, VersionTally.Empty);

    private static VersionFigures Figures(int replies, int failures = 0, int milliseconds = 100)
    {
        var firstTokens = new long[VersionFigures.Buckets];
        firstTokens[VersionFigures.BucketOf(TimeSpan.FromMilliseconds(milliseconds))] = replies;
        return new VersionFigures("v1", replies, failures, [.. firstTokens]);
    }
}
