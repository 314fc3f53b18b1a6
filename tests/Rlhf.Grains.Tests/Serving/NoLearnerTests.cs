using Rlhf.Contracts;
using Rlhf.Grains.Serving;

namespace Rlhf.Grains.Tests.Serving;

/// <summary>The best of several replies where no process has the role learner.</summary>
public sealed class NoLearnerTests
{
    [Fact]
    public async Task A_request_for_the_best_of_several_is_refused_as_not_available_before_anything_is_drawn()
    {
        await using var silo = await StartAsync(bestOf: 1);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => silo.ChatAsync("c", Ask() with { BestOf = 4 }));

        Assert.Equal((Refusal.Unavailable, "best_of"), (refused.Refusal, refused.Param));
        Assert.Contains("no process with the role learner is up", refused.Message);
        Assert.Equal((0, 0), (silo.Get<BestOfN>().Drawn, silo.Engine.Cache.Prompts));
    }

    [Fact]
    public async Task Where_only_the_configuration_asks_for_it_the_reply_is_the_one_that_would_be_drawn_without()
    {
        await using var silo = await StartAsync(bestOf: 1);
        var (_, alone, _) = await silo.ChatAsync("c", Ask());
        await using var choosing = await StartAsync(bestOf: 4);
        var (version, text, _) = await choosing.ChatAsync("c", Ask());

        Assert.Equal(("v1", alone), (version, text));
        Assert.Equal(0, choosing.Get<BestOfN>().Drawn);
    }

    private static ChatRequest Ask()
    {
        var request = TestSilo.Ask("A latte.");
        return request with { Sampling = request.Sampling with { Temperature = 1 } };
    }

    private static async Task<TestSilo> StartAsync(int bestOf)
    {
        var silo = await TestSilo.StartAsync(serving: new ServingOptions { Threads = 1, BestOf = bestOf });
        await silo.MakeAsync("v1", seed: 1);
        await silo.Catalog.PublishAsync("v1");
        return silo;
    }
}
