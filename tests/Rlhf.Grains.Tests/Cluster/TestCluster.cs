using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Inference.Tests;
using Rlhf.Storage;
using Rlhf.Storage.Tests;
using Rlhf.Testing;

namespace Rlhf.Grains.Tests.Cluster;

/// <summary>Several silos in this process, each with everything that a silo has, on tables of a real Azurite that they share.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static int s_clusters;
    private readonly TemporaryFolder _folder = new();
    private readonly InProcessTestCluster _cluster;

    private TestCluster(short silos, Action<IServiceCollection> configure, string connection)
    {
        var tables = new TableStorageOptions(connection, $"c{Environment.ProcessId}n{Interlocked.Increment(ref s_clusters)}");
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSiloHost((options, host) =>
        {
            host.UseOrleans(silo => silo.AddTableStorage(Path.Combine(_folder.Path, options.SiloName), tables));
            host.Services.AddSingleton<TimeProvider>(new HeldRenewals());
            host.Services.AddOptions<FeedbackOptions>();
            host.Services.Configure<VersionOptions>(versions => (versions.RefreshEvery, versions.Canary) = (HeldRenewals.Every, false));
            host.Services.AddRlhfGrains("demo", Trunk, new ServingOptions { Threads = 1 });
            configure(host.Services);
        });
        _cluster = builder.Build();
    }

    public static BaseModel Trunk => TestSilo.Trunk;

    /// <summary>The silos that live.</summary>
    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.GetActiveSilos()];

    public static async Task<TestCluster> StartAsync(short silos, Action<IServiceCollection>? configure = null, string? connection = null)
    {
        var cluster = new TestCluster(silos, configure ?? (_ => { }), connection ?? AzuriteServer.Shared.ConnectionString);
        await cluster._cluster.DeployAsync();
        return cluster;
    }

    /// <summary>Starts another silo.</summary>
    public Task<InProcessSiloHandle> JoinAsync() => _cluster.StartAdditionalSiloAsync();

    /// <summary>A service of a silo.</summary>
    public static T Get<T>(InProcessSiloHandle silo)
        where T : notnull => silo.ServiceProvider.GetRequiredService<T>();

    /// <summary>A grain as a silo calls it, the first by default.</summary>
    public T Grain<T>(string key, InProcessSiloHandle? from = null)
        where T : IGrainWithStringKey => Get<IGrainFactory>(from ?? Silos[0]).GetGrain<T>(key);

    /// <summary>The silo that holds a grain.</summary>
    public async Task<InProcessSiloHandle> HolderAsync(IAddressable grain)
    {
        var address = await Get<IGrainFactory>(Silos[0]).GetGrain<IManagementGrain>(0).GetActivationAddress(grain);
        return Silos.Single(silo => silo.SiloAddress.Equals(address));
    }

    /// <summary>Ends a silo without a word, and returns when the others have given it up.</summary>
    public async Task KillAsync(InProcessSiloHandle killed)
    {
        try
        {
            await _cluster.KillSiloAsync(killed);
        }
        catch (Exception error) when (error is OperationCanceledException or AggregateException)
        {
            // what was not waited for
        }

        foreach (var survivor in Silos)
        {
            await foreach (var seen in Get<IClusterMembershipService>(survivor).MembershipUpdates)
            {
                if (seen.GetSiloStatus(killed.SiloAddress) == SiloStatus.Dead)
                {
                    break;
                }
            }
        }
    }

    /// <summary>Has a grain go to another silo when it has done what it is at.</summary>
    public Task MoveAsync(IAddressable grain, InProcessSiloHandle target) => _cluster.MigrateAsync(grain, target.SiloAddress);

    /// <summary>Has a grain forget what it does not store; the next call wakes it.</summary>
    public Task ForgetAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>Makes a version that says something else, without any training.</summary>
    public async Task MakeAsync(string version, int seed)
    {
        await SaveAsync(version, seed, (await Get<IAdapterStore>(Silos[0]).ClaimAsync(version)).Token);
        await Grain<IModelCatalogGrain>("demo").AnnounceAsync(version, ModelCatalog.Base, new VersionLineage($"job-{version}", 0, seed, Trunk.Fingerprint, "{}"));
    }

    /// <summary>Stores a version's adapter alone, under a claim.</summary>
    public Task SaveAsync(string version, int seed, long claim) =>
        Get<IAdapterStore>(Silos[0]).SaveAsync(version, TestModels.Adapter(Trunk.Config, rank: 2, seed).ToBytes(), claim);

    /// <summary>Has every silo renew its subscription, and returns when all go by a version.</summary>
    public Task PullAsync(string live) => Task.WhenAll(Silos.Select(async silo =>
    {
        var (cache, found) = (Get<CatalogCache>(silo), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        cache.Changed += catalog => Look(catalog);
        Look(cache.Current);
        ((HeldRenewals)Get<TimeProvider>(silo)).Release();
        await found.Task;

        void Look(ModelCatalog catalog)
        {
            if (catalog.Live == live)
            {
                found.TrySetResult();
            }
        }
    }));

    /// <summary>Asks in a conversation, through a silo.</summary>
    public async Task<(string Version, string Text, string Id)> ChatAsync(string conversation, ChatRequest request, InProcessSiloHandle? from = null)
    {
        var text = "";
        ChatChunk? last = null;
        await foreach (var chunk in Grain<IConversationGrain>(conversation, from).ChatAsync(request).WithBatchSize(1))
        {
            text += chunk.Text;
            last = chunk;
        }

        Assert.NotNull(last?.FinishReason);
        return (last.Version, text, last.CompletionId);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }
}
