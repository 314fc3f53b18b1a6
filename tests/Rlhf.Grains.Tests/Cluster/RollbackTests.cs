using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Testing;

namespace Rlhf.Grains.Tests.Cluster;

public sealed class RollbackTests
{
    [AzuriteFact]
    public async Task Under_streams_on_three_silos_no_turn_of_a_version_begins_after_its_rollback_is_answered()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var catalogue = cluster.Grain<IModelCatalogGrain>("demo");
        await cluster.MakeAsync("v1", 1);
        await catalogue.PublishAsync("v1");

        // Begun before the rollback is answered a turn may be of either version; begun after it, of no other than the base.
        var (over, seen, streaming) = (0, new ConcurrentBag<(bool BegunAfter, string Version)>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var after = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var streams = cluster.Silos.SelectMany(silo => Enumerable.Range(0, 2), (silo, stream) => Task.Run(async () =>
        {
            for (var turn = 0; !enough.Task.IsCompleted; turn++)
            {
                var begunAfter = Volatile.Read(ref over) == 1;
                var (version, _, _) = await cluster.ChatAsync($"{silo.Name}-{stream}-{turn / 3}", TestSilo.Ask("A latte."), silo);
                seen.Add((begunAfter, version));
                if (seen.Count >= 12)
                {
                    streaming.TrySetResult();
                }

                if (begunAfter && Interlocked.Increment(ref after) >= 24)
                {
                    enough.TrySetResult();
                }
            }
        })).ToList();

        await streaming.Task;
        await catalogue.RollBackAsync("v1", VersionDecision.OfOperator("ops", "rude", "rolled back by hand"));
        Volatile.Write(ref over, 1);
        await Task.WhenAll(streams);
        Assert.Contains(seen, turn => turn.Version == "v1");
        Assert.All(seen.Where(turn => turn.BegunAfter), turn => Assert.Equal("base", turn.Version));
    }

    [AzuriteFact]
    public async Task A_silo_that_missed_the_push_goes_by_the_rollback_at_its_next_pull_which_by_default_is_within_half_a_second()
    {
        Assert.Equal(TimeSpan.FromSeconds(0.5), new VersionOptions().RefreshEvery);
        await using var cluster = await TestCluster.StartAsync(3);
        var catalogue = cluster.Grain<IModelCatalogGrain>("demo");
        await cluster.MakeAsync("v1", 1);
        await catalogue.PublishAsync("v1");
        await cluster.ForgetAsync(catalogue); // who listens is not stored
        await catalogue.RollBackAsync("v1");
        Assert.All(cluster.Silos, silo => Assert.Equal("v1", TestCluster.Get<CatalogCache>(silo).Current.Live));
        await cluster.PullAsync("base");
        foreach (var silo in cluster.Silos)
        {
            Assert.Equal("base", (await cluster.ChatAsync($"from-{silo.Name}", TestSilo.Ask("A latte."), silo)).Version);
        }
    }
}
