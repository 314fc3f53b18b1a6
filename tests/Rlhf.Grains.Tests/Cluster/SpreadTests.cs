using Rlhf.Inference;
using Rlhf.Testing;

namespace Rlhf.Grains.Tests.Cluster;

public sealed class SpreadTests
{
    private const int Bursts = 3, Burst = 20;

    // By chance alone, one run in a million brings a silo fewer than a twelfth of sixty conversations.
    [AzuriteFact]
    public async Task Bursts_of_new_conversations_that_one_silo_is_asked_for_are_spread_over_all()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        for (var burst = 0; burst < Bursts; burst++)
        {
            await Task.WhenAll(Enumerable.Range(0, Burst).Select(i => cluster.ChatAsync($"conversation {burst} {i}", TestSilo.Ask("A latte.", maxTokens: 4))));
        }

        var drawn = cluster.Silos.Select(silo => TestCluster.Get<DecodeEngine>(silo).Cache.Prompts).ToList();
        Assert.Equal(Bursts * Burst, drawn.Sum());
        Assert.All(drawn, replies => Assert.InRange(replies, Bursts * Burst / 12, Bursts * Burst));
    }
}
