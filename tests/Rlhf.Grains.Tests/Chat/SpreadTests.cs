using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Inference;
using Rlhf.Storage;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Grains.Tests.Chat;

public sealed class SpreadTests : IDisposable
{
    private const int Bursts = 3, Burst = 20;
    private readonly TemporaryFolder _folder = new();

    // By chance alone, one run in a million brings a silo fewer than a twelfth of sixty conversations.
    [AzuriteFact]
    public async Task Bursts_of_new_conversations_that_one_silo_is_asked_for_are_spread_over_all()
    {
        await using var cluster = await StartAsync(silos: 3);
        var asked = cluster.GetSiloServiceProvider(cluster.Silos[0].SiloAddress).GetRequiredService<IGrainFactory>();
        for (var burst = 0; burst < Bursts; burst++)
        {
            await Task.WhenAll(Enumerable.Range(0, Burst).Select(i => ChatAsync(asked, $"conversation {burst} {i}")));
        }

        var drawn = cluster.Silos.Select(silo => cluster.GetSiloServiceProvider(silo.SiloAddress).GetRequiredService<DecodeEngine>().Cache.Prompts).ToList();
        Assert.Equal(Bursts * Burst, drawn.Sum());
        Assert.All(drawn, replies => Assert.InRange(replies, Bursts * Burst / 12, Bursts * Burst));
        await cluster.StopAllSilosAsync();
    }

    public void Dispose() => _folder.Dispose();

    private static async Task ChatAsync(IGrainFactory grains, string conversation)
    {
        await foreach (var chunk in grains.Conversation(conversation).ChatAsync(TestSilo.Ask("A latte.", maxTokens: 4)).WithBatchSize(1))
        {
            Assert.Equal(ModelCatalog.Base, chunk.Version);
        }
    }

    private async Task<InProcessTestCluster> StartAsync(short silos)
    {
        var tables = new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"spread{Environment.ProcessId}");
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((options, silo) => silo.AddTableStorage(Path.Combine(_folder.Path, options.SiloName), tables));
        builder.ConfigureSiloHost((_, host) => host.Services
            .AddSingleton(TimeProvider.System)
            .AddRlhfGrains("demo", TestSilo.Trunk, new ServingOptions { Threads = 1 }));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }
}
