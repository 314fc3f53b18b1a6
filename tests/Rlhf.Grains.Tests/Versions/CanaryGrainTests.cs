using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.Versions;

public sealed class CanaryGrainTests
{
    [Fact]
    public async Task By_default_a_new_version_answers_a_tenth_of_the_conversations()
    {
        await using var silo = await StartAsync();
        await PublishAsync(silo, "v1");
        Assert.Equal([("base", VersionState.Live, 0.9), ("v1", VersionState.Canary, 0.1)], (await silo.Catalog.GetAsync()).Versions.Select(served => (served.Version, served.State, served.Share)));
        Assert.Equal("v1", (await silo.Catalog.GetTestAsync())!.Canary);
    }

    [Fact]
    public async Task A_canary_that_is_liked_better_is_promoted_and_one_that_is_liked_less_is_rolled_back()
    {
        await using var silo = await StartAsync();
        await PublishAsync(silo, "v1");
        await silo.SayAsync([.. Said.Conversations("base", up: 50, down: 50), .. Said.Conversations("v1", up: 28, down: 2)]);
        await DecideAsync(silo);
        Assert.Equal("v1", silo.Get<CatalogCache>().Current.Live);
        await AssertLastStepAsync(silo, "v1", VersionState.Canary, VersionState.Live, VersionDecision.CanaryTest, "liked better than 'base': 0.933 over 30 conversations against 0.5 over 100");

        await PublishAsync(silo, "v2");
        await silo.SayAsync([.. Said.Conversations("v1", up: 90, down: 10, "again-"), .. Said.Conversations("v2", up: 8, down: 22)]);
        await DecideAsync(silo);
        Assert.Equal("v1", silo.Get<CatalogCache>().Current.Live);
        Assert.False(silo.Get<CatalogCache>().Current.Serves("v2"));
        await AssertLastStepAsync(silo, "v2", VersionState.Canary, VersionState.RolledBack, VersionDecision.CanaryTest, "liked less than 'v1'");
        Assert.Equal("v2", Assert.Single(await silo.Catalog.GetWithheldAsync()).Version);
        Assert.Null(await silo.Catalog.GetTestAsync());
    }

    [Fact]
    public async Task Only_what_is_said_since_the_canary_began_decides()
    {
        await using var silo = await StartAsync();
        await silo.SayAsync(Said.Conversations("base", up: 1000, down: 0, "before-"));
        await PublishAsync(silo, "v1");
        await silo.SayAsync([.. Said.Conversations("base", up: 60, down: 40), .. Said.Conversations("v1", up: 18, down: 12)]);
        await DecideAsync(silo);

        var evidence = await Evidence(silo).GetAsync();
        Assert.Equal((100, 60 * VersionTally.Unit), (evidence.Test!.Live.Conversations, evidence.Test.Live.Score));
        Assert.Equal((1100, 30), (evidence.Of("base").Conversations, evidence.Test.Canary.Conversations));
        Assert.NotNull(await silo.Catalog.GetTestAsync());
    }

    [Fact]
    public async Task A_canary_that_nothing_decides_retires_when_patience_ends()
    {
        await using var silo = await StartAsync();
        await PublishAsync(silo, "v1");
        silo.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        await DecideAsync(silo);
        Assert.NotNull(await silo.Catalog.GetTestAsync());
        await silo.RestartAsync();
        silo.Clock.Advance(TimeSpan.FromSeconds(1));
        await DecideAsync(silo);
        Assert.Equal([("base", 1.0), ("v1", 0.0)], silo.Get<CatalogCache>().Current.Versions.Select(served => (served.Version, served.Share)));
        await AssertLastStepAsync(silo, "v1", VersionState.Canary, VersionState.Retired, VersionDecision.CanaryTest, "undecided for 7.00:00:00 (Versions:CanaryPatience)");
    }

    [Fact]
    public async Task A_canary_that_nothing_decides_retires_after_enough_conversations()
    {
        await using var silo = await StartAsync(options => options.CanaryConversations = 20);
        await PublishAsync(silo, "v1");
        await silo.SayAsync([.. Said.Conversations("base", up: 60, down: 40), .. Said.Conversations("v1", up: 12, down: 8)]);
        await DecideAsync(silo);
        await AssertLastStepAsync(silo, "v1", VersionState.Canary, VersionState.Retired, VersionDecision.CanaryTest, "undecided over 20 of its conversations");
    }

    [Fact]
    public async Task The_next_candidate_waits_until_the_canary_is_decided_and_only_the_newest_does()
    {
        await using var silo = await StartAsync();
        await PublishAsync(silo, "v1");
        await PublishAsync(silo, "v2");
        await PublishAsync(silo, "v3");
        Assert.Equal([("v1", VersionState.Canary), ("v2", VersionState.Rejected), ("v3", VersionState.Candidate)], await StatesAsync(silo));
        await DecideAsync(silo);
        Assert.Equal("v1", (await silo.Catalog.GetTestAsync())!.Canary);

        await silo.RestartAsync();
        await silo.Catalog.RollBackAsync("v1");
        await DecideAsync(silo);
        Assert.Equal("v3", (await silo.Catalog.GetTestAsync())!.Canary);
        Assert.Equal([("v1", VersionState.RolledBack), ("v2", VersionState.Rejected), ("v3", VersionState.Canary)], await StatesAsync(silo));
    }

    [Fact]
    public async Task A_test_that_is_over_decides_nothing_any_more()
    {
        await using var silo = await StartAsync();
        await PublishAsync(silo, "v1");
        var test = (await silo.Catalog.GetTestAsync())!;
        await silo.Catalog.RollBackAsync("v1", VersionDecision.OfOperator("ops", "rude", "rolled back by hand"));
        await silo.Catalog.EndTestAsync(test, VersionState.Live, new VersionDecision("late", VersionDecision.CanaryTest));
        Assert.Equal("base", (await silo.Catalog.GetAsync()).Live);
        await AssertLastStepAsync(silo, "v1", VersionState.Canary, VersionState.RolledBack, "operator ops", "rude");
    }

    [Fact]
    public async Task A_version_that_may_only_be_a_canary_is_one_where_canaries_are_off()
    {
        await using var silo = await StartAsync(options => options.Canary = false);
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1", canaryOnly: true);
        Assert.Equal([("base", 0.9), ("v1", 0.1)], (await silo.Catalog.GetAsync()).Versions.Select(served => (served.Version, served.Share)));
        Assert.NotNull(await silo.Catalog.GetTestAsync());
    }

    [Fact]
    public async Task A_new_live_version_begins_the_test_anew()
    {
        await using var silo = await StartAsync();
        await PublishAsync(silo, "v1");
        await silo.Catalog.PromoteAsync("v1");
        await PublishAsync(silo, "v2");
        await silo.SayAsync([.. Said.Conversations("v1", up: 90, down: 10), .. Said.Conversations("v2", up: 2, down: 9)]);
        await silo.Catalog.RollBackAsync("v1");
        await silo.SayAsync(Said.Conversations("base", up: 3, down: 3));

        var test = (await Evidence(silo).GetAsync()).Test!;
        Assert.Equal(("v2", "base", 111L), (test.Test.Canary, test.Test.Live, test.Test.After));
        Assert.Equal((0, 6), (test.Canary.Conversations, test.Live.Conversations));
    }

    private static Task<TestSilo> StartAsync(Action<VersionOptions>? configure = null) => TestSilo.StartAsync(services =>
    {
        services.Configure<VersionOptions>(options => (options.Canary, options.DecideEvery) = (true, TimeSpan.FromHours(1))); // decided when the test says so
        services.Configure(configure ?? (_ => { }));
    });

    private static async Task PublishAsync(TestSilo silo, string version)
    {
        await silo.MakeAsync(version, version[1]);
        await silo.Catalog.PublishAsync(version);
    }

    private static Task DecideAsync(TestSilo silo) => silo.Grain<ICanaryGrain>("demo").DecideAsync();

    private static IVersionEvidenceGrain Evidence(TestSilo silo) => silo.Grain<IVersionEvidenceGrain>("demo");

    private static async Task<IEnumerable<(string, VersionState)>> StatesAsync(TestSilo silo) =>
        (await silo.Catalog.ListAsync()).Skip(1).Select(version => (version.Id, version.State));

    private static async Task AssertLastStepAsync(TestSilo silo, string version, VersionState from, VersionState to, string by, string cause)
    {
        var step = (await silo.Grain<IModelVersionGrain>($"demo:{version}").GetAsync())!.History!.Value[^1];
        Assert.Equal((from, to, by, silo.Clock.GetUtcNow()), (step.From, step.To, step.By, step.At));
        Assert.StartsWith(cause, step.Cause);
    }
}
