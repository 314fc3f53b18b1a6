using Orleans.TestingHost;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Testing;

namespace Rlhf.Grains.Tests.Cluster;

public sealed class CatalogueTests
{
    // What a publication adds to the catalogue's revision: the version is a canary, then live.
    private const int Steps = 2;

    [AzuriteFact]
    public async Task A_published_version_answers_on_every_silo_when_the_call_returns()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.MakeAsync("v1", 1);
        await cluster.Grain<IModelCatalogGrain>("demo").PublishAsync("v1");
        Assert.All(cluster.Silos, silo => Assert.Equal(("v1", true), (Live(silo), Loaded(silo, "v1"))));
        foreach (var silo in cluster.Silos)
        {
            Assert.Equal("v1", (await cluster.ChatAsync($"asked-from-{silo.Name}", TestSilo.Ask("A latte."), silo)).Version);
        }
    }

    [AzuriteFact]
    public async Task A_push_that_was_missed_is_found_by_the_next_pull()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.MakeAsync("v1", 1);
        var catalogue = cluster.Grain<IModelCatalogGrain>("demo");
        await cluster.ForgetAsync(catalogue); // who listens is not stored
        await catalogue.PublishAsync("v1");
        Assert.All(cluster.Silos, silo => Assert.Equal("base", Live(silo)));

        await cluster.PullAsync("v1");
        Assert.All(cluster.Silos, silo => Assert.True(Loaded(silo, "v1")));
        await cluster.MakeAsync("v2", 2);
        await catalogue.PublishAsync("v2"); // whoever pulled is told of what comes next
        Assert.All(cluster.Silos, silo => Assert.Equal("v2", Live(silo)));
    }

    [AzuriteFact]
    public async Task A_catalogue_that_moves_while_a_version_is_published_publishes_it_once()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.MakeAsync("v1", 1);
        var catalogue = cluster.Grain<IModelCatalogGrain>("demo");
        var before = (await catalogue.GetAsync()).Revision;
        var from = await cluster.HolderAsync(catalogue);
        var target = cluster.Silos.First(silo => silo != from);
        await Task.WhenAll(catalogue.PublishAsync("v1"), cluster.MoveAsync(catalogue, target));
        Assert.Equal(target, await cluster.HolderAsync(catalogue));

        await cluster.PullAsync("v1");
        await AssertLiveAsync(cluster, before + Steps);
        await cluster.MakeAsync("v2", 2);
        await catalogue.PublishAsync("v2"); // from where it is now
        Assert.All(cluster.Silos, silo => Assert.Equal("v2", Live(silo)));
    }

    [AzuriteFact]
    public async Task A_version_whose_catalogue_died_while_it_was_published_is_published_once_by_the_next_try()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.MakeAsync("v1", 1);
        var before = (await cluster.Grain<IModelCatalogGrain>("demo").GetAsync()).Revision;
        var holder = await cluster.HolderAsync(cluster.Grain<IModelCatalogGrain>("demo"));
        var catalogue = cluster.Grain<IModelCatalogGrain>("demo", cluster.Silos.First(silo => silo != holder));
        var publishing = catalogue.PublishAsync("v1");
        await cluster.KillAsync(holder);
        await ((Task)publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it may have failed, and nobody knows what was done

        await catalogue.PublishAsync("v1");
        await cluster.PullAsync("v1");
        await AssertLiveAsync(cluster, before + Steps);
    }

    private static async Task AssertLiveAsync(TestCluster cluster, long revision)
    {
        var catalogue = cluster.Grain<IModelCatalogGrain>("demo");
        var catalog = await catalogue.GetAsync();
        Assert.Equal((revision, "v1"), (catalog.Revision, catalog.Live));
        Assert.Equal([("base", VersionState.Retired), ("v1", VersionState.Live)], (await catalogue.ListAsync()).Select(version => (version.Id, version.State)));
        Assert.All(cluster.Silos, silo => Assert.Equal((revision, true), (TestCluster.Get<CatalogCache>(silo).Current.Revision, Loaded(silo, "v1"))));
    }

    private static string Live(InProcessSiloHandle silo) => TestCluster.Get<CatalogCache>(silo).Current.Live;

    private static bool Loaded(InProcessSiloHandle silo, string version) => TestCluster.Get<DecodeEngine>(silo).Versions.Contains(version);
}
