using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Tests;
using Rlhf.Grains.Tests.Cluster;
using Rlhf.Grains.Versions;
using Rlhf.Learning.Pipeline;
using Rlhf.Storage;
using Rlhf.Testing;

namespace Rlhf.Learner.Tests;

/// <summary>Two silos that learn, of which one is the spare.</summary>
public sealed class TakeoverTests
{
    // A run that lasts: the test ends the job itself.
    private static readonly LearnerOptions s_long = new() { Threads = 1, Ppo = new() { Iterations = 10_000, Rollouts = 8, MaxReplyTokens = 4 } };

    [AzuriteFact]
    public async Task A_job_whose_silo_is_gone_goes_on_in_the_other_and_only_there_can_its_version_be_published_once()
    {
        await using var cluster = await TestCluster.StartAsync(2, services =>
        {
            services.Configure<LearnerSchedule>(schedule => (schedule.TriggerThumbs, schedule.WakeEvery) = (0, TimeSpan.FromSeconds(0.2)));
            services.AddRlhfLearner(s_long);
        });
        for (var i = 0; i < 8; i++)
        {
            await cluster.ChatAsync($"c{i}", TestSilo.Ask($"Question {i}", maxTokens: 4));
            await cluster.Grain<IConversationGrain>($"c{i}").RateAsync(new ThumbRequest($"e{i}", 1, "ann", i % 2 == 0, null, []));
        }

        var former = await cluster.Grain<ILearnerGrain>("demo").TrainAsync(TrainingTrigger.Manual);
        var holder = await cluster.HolderAsync(cluster.Grain<ILearnerGrain>("demo"));
        Assert.All(cluster.Silos, silo => Assert.Equal(silo == holder, TestCluster.Get<TrainingService>(silo).Runs(former.Id)));
        await cluster.KillAsync(holder);

        var spare = Assert.Single(cluster.Silos);
        Assert.True(SpinWait.SpinUntil(() => TestCluster.Get<TrainingService>(spare).Runs(former.Id), TimeSpan.FromSeconds(60)));
        var learner = cluster.Grain<ILearnerGrain>("demo");
        var job = (await learner.GetAsync()).Job!;
        Assert.Equal((former.Id, former.Version, true), (job.Id, job.Version, job.Claim > former.Claim));

        // The one that was cut off may go on and not know it: what it trained can be neither saved nor published.
        await Assert.ThrowsAsync<ClaimLostException>(() => cluster.SaveAsync(former.Version, seed: 1, former.Claim));
        Assert.False(await learner.CompleteAsync(former.Id, former.Claim, accepted: true, "better", ImmutableDictionary<string, double>.Empty));
        Assert.Equal("base", (await cluster.Grain<IModelCatalogGrain>("demo").GetAsync()).Live);

        await cluster.SaveAsync(job.Version, seed: 2, job.Claim);
        Assert.True(await learner.CompleteAsync(job.Id, job.Claim, accepted: true, "better", ImmutableDictionary<string, double>.Empty));
        var published = await cluster.Grain<IModelCatalogGrain>("demo").GetAsync();
        Assert.True(await learner.CompleteAsync(job.Id, job.Claim, accepted: true, "better", ImmutableDictionary<string, double>.Empty)); // told again
        Assert.Equal(("v1", published.Revision), (published.Live, (await cluster.Grain<IModelCatalogGrain>("demo").GetAsync()).Revision));
        Assert.Equal(["base", "v1"], (await cluster.Grain<IModelCatalogGrain>("demo").ListAsync()).Select(version => version.Id));
        await cluster.PullAsync("v1");
        Assert.Equal("v1", (await cluster.ChatAsync("new", TestSilo.Ask("A latte."))).Version);
    }
}
