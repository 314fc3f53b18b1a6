using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using Rlhf.Contracts;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Inference.Tests;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Grains.Tests;

/// <summary>A cluster of one silo without sockets that serves and does not learn, with real storage and a model of random weights, that can be restarted on its folder.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Action<IServiceCollection> _configure;
    private readonly ServingOptions _serving;
    private InProcessTestCluster? _cluster;

    private TestSilo(Action<IServiceCollection> configure, ServingOptions serving)
    {
        _configure = configure;
        _serving = serving;
    }

    public static BaseModel Trunk { get; } = TestModels.Random(config: TestModels.Config with { ContextLength = 512 });

    public ManualClock Clock { get; } = new();

    public IModelCatalogGrain Catalog => Grain<IModelCatalogGrain>("demo");

    public DecodeEngine Engine => Get<DecodeEngine>();

    public static async Task<TestSilo> StartAsync(Action<IServiceCollection>? configure = null, ServingOptions? serving = null)
    {
        var silo = new TestSilo(configure ?? (_ => { }), serving ?? new ServingOptions { Threads = 1 });
        await silo.StartClusterAsync();
        return silo;
    }

    public T Get<T>()
        where T : notnull => _cluster!.GetSiloServiceProvider().GetRequiredService<T>();

    public T Grain<T>(string key)
        where T : IGrainWithStringKey => Get<IGrainFactory>().GetGrain<T>(key);

    public async Task RestartAsync(BaseModel? trunk = null)
    {
        await StopClusterAsync();
        await StartClusterAsync(trunk);
    }

    /// <summary>Changes the database beside the silo, as a failing disk may. <c>@content</c> is what can't be read.</summary>
    public async Task DamageAsync(string sql, string content = "\0\u0011", bool changes = true)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "rlhf.db")};Pooling=false");
        await database.OpenAsync();
        await using var damage = database.CreateCommand();
        damage.CommandText = sql;
        damage.Parameters.AddWithValue("@content", Encoding.UTF8.GetBytes(content));
        Assert.Equal(changes, await damage.ExecuteNonQueryAsync() > 0);
    }

    /// <summary>Makes a version that says something else, without any training.</summary>
    public async Task MakeAsync(string version, int seed, byte[]? reward = null, long cursor = 0, string parent = ModelCatalog.Base)
    {
        if (reward is not null)
        {
            var adapters = Get<IAdapterStore>();
            await adapters.SaveRewardAsync(version, reward, (await adapters.ClaimAsync(version)).Token);
        }

        await MakeAdapterAsync(version, seed);
        await Catalog.AnnounceAsync(version, parent, new VersionLineage($"job-{version}", cursor, seed, Trunk.Fingerprint, "{}"));
    }

    /// <summary>Stores the adapter alone, under a claim of its own where none is given.</summary>
    public async Task MakeAdapterAsync(string version, int seed, long? claim = null)
    {
        var adapters = Get<IAdapterStore>();
        await adapters.SaveAsync(version, TestModels.Adapter(Trunk.Config, rank: 2, seed).ToBytes(), claim ?? (await adapters.ClaimAsync(version)).Token);
    }

    public static ChatRequest Ask(string text, string? user = null, string? version = null, int maxTokens = 12) => new(
        [new ChatMessage("user", text)],
        new SamplingSettings(Temperature: 0, TopP: 1, TopK: 0, Seed: 1, maxTokens, Stop: []),
        version,
        user);

    /// <summary>A reply of which a piece came and more are to come. To a slow reader one may come whole, and another conversation is begun.</summary>
    public async Task<(string Conversation, IAsyncEnumerator<ChatChunk> Chunks)> BegunAsync(ChatRequest request)
    {
        for (var asked = 1; ; asked++)
        {
            var chunks = Grain<IConversationGrain>($"c{asked}").ChatAsync(request).WithBatchSize(1).GetAsyncEnumerator();
            Assert.True(await chunks.MoveNextAsync());
            if (chunks.Current.FinishReason is null)
            {
                return ($"c{asked}", chunks);
            }

            await chunks.DisposeAsync();
        }
    }

    public async Task<(string Version, string Text, string Id)> ChatAsync(string conversation, ChatRequest request)
    {
        var text = "";
        ChatChunk? last = null;
        await foreach (var chunk in Grain<IConversationGrain>(conversation).ChatAsync(request).WithBatchSize(1))
        {
            text += chunk.Text;
            last = chunk;
        }

        Assert.NotNull(last?.FinishReason);
        return (last.Version, text, last.CompletionId);
    }

    public async ValueTask DisposeAsync()
    {
        await StopClusterAsync();
        _folder.Dispose();
    }

    private async Task StartClusterAsync(BaseModel? trunk = null)
    {
        IHost? starting = null;
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 1);
        builder.Options.ServiceId = "tests";
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSiloHost((_, host) => host.Services.AddSingleton<TimeProvider>(Clock).AddHostedService(services =>
        {
            starting = services.GetRequiredService<IHost>();
            return new Started();
        }));
        builder.ConfigureSilo((_, silo) => silo.AddSqliteStorage(_folder.Path));
        builder.ConfigureSiloHost((_, host) =>
        {
            host.Services.AddRlhfGrains("demo", trunk ?? Trunk, _serving);
            host.Services.Configure<VersionOptions>(versions => versions.Canary = false); // most tests publish to have a version live
            _configure(host.Services);
        });
        _cluster = builder.Build();
        try
        {
            await _cluster.DeployAsync();
        }
        catch
        {
            // A silo that did not come up is none of the cluster's, which would leave it as it is.
            await starting!.StopAsync();
            starting.Dispose();
            throw;
        }
    }

    private async Task StopClusterAsync()
    {
        if (Interlocked.Exchange(ref _cluster, null) is { } cluster)
        {
            await cluster.StopAllSilosAsync();
            await cluster.DisposeAsync();
        }
    }

    private sealed class Started : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
