using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;

namespace Rlhf.Grains.Tests.Versions;

public sealed class AllocationTests
{
    [Fact]
    public async Task By_thompson_sampling_a_better_version_gets_more_and_each_at_least_a_twentieth()
    {
        await using var silo = await TestSilo.StartAsync(services => services.Configure<VersionOptions>(options =>
        {
            (options.Canary, options.DecideEvery, options.Allocation) = (true, TimeSpan.FromHours(1), ShareAllocation.Thompson);
            options.CanaryAlpha = 0.0001; // the test is not to decide here
        }));
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        var canary = silo.Grain<ICanaryGrain>("demo");
        await canary.DecideAsync();
        Assert.Equal([("base", 0.5), ("v1", 0.5)], Shares(silo)); // nothing is known of either

        await silo.SayAsync([.. Said.Conversations("base", up: 10, down: 10), .. Said.Conversations("v1", up: 14, down: 6)]);
        await canary.DecideAsync();
        var (revision, shares) = (silo.Get<CatalogCache>().Current.Revision, Shares(silo));
        Assert.InRange(shares[1].Share, 0.8, 0.94);
        Assert.Equal(1, shares.Sum(share => share.Share), 1e-12);
        await canary.DecideAsync();
        Assert.Equal(revision, silo.Get<CatalogCache>().Current.Revision); // the same evidence gives the same shares

        await silo.SayAsync(Said.Conversations("v1", up: 0, down: 40, "later-"));
        await canary.DecideAsync();
        Assert.InRange(Shares(silo).Single(share => share.Version == "v1").Share, 0.05, 0.07);
        var catalog = silo.Get<CatalogCache>().Current;
        Assert.Equal("base", catalog.Live);
    }

    [Fact]
    public async Task Shares_of_versions_that_are_no_longer_contenders_change_nothing()
    {
        await using var silo = await TestSilo.StartAsync();
        await silo.MakeAsync("v1", 1);
        await silo.Catalog.PublishAsync("v1");
        Assert.Equal(["base", "v1"], (await silo.Catalog.GetContendersAsync()).AsEnumerable());
        var before = (await silo.Catalog.GetAsync()).Revision;
        await silo.Catalog.AllocateAsync(new Dictionary<string, double> { ["v1"] = 0.5, ["v2"] = 0.5 }.ToImmutableDictionary());
        Assert.Equal(before, (await silo.Catalog.GetAsync()).Revision);
    }

    private static List<(string Version, double Share)> Shares(TestSilo silo) =>
        [.. silo.Get<CatalogCache>().Current.Versions.Select(served => (served.Version, served.Share))];
}
