using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Inference.Tests;
using Rlhf.Storage;
using Rlhf.Storage.Tests;

namespace Rlhf.Grains.Tests;

/// <summary>A silo that serves and does not learn, with real storage and a model of random weights, that can be restarted on its folder.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Action<IServiceCollection> _configure;
    private readonly ServingOptions _serving;
    private IHost? _host;

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
        await silo.StartHostAsync();
        return silo;
    }

    public T Get<T>()
        where T : notnull => _host!.Services.GetRequiredService<T>();

    public T Grain<T>(string key)
        where T : IGrainWithStringKey => Get<IGrainFactory>().GetGrain<T>(key);

    public async Task RestartAsync(BaseModel? trunk = null)
    {
        await StopHostAsync();
        await StartHostAsync(trunk);
    }

    /// <summary>Makes a version that says something else, without any training.</summary>
    public async Task MakeAsync(string version, int seed, byte[]? reward = null)
    {
        if (reward is not null)
        {
            var adapters = Get<IAdapterStore>();
            await adapters.SaveRewardAsync(version, reward, (await adapters.ClaimAsync(version)).Token);
        }

        await MakeAdapterAsync(version, seed);
        await Catalog.AnnounceAsync(version, ModelCatalog.Base, new VersionLineage($"job-{version}", 0, seed, Trunk.Fingerprint, "{}"));
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
        await StopHostAsync();
        _folder.Dispose();
    }

    private async Task StartHostAsync(BaseModel? trunk = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddOptions<FeedbackOptions>();
        builder.Services.AddOptions<VersionOptions>();
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddSqliteStorage(_folder.Path));
        builder.Services.AddRlhfGrains("demo", trunk ?? Trunk, _serving);
        _configure(builder.Services);
        _host = builder.Build();
        try
        {
            await _host.StartAsync();
        }
        catch
        {
            await StopHostAsync();
            throw;
        }
    }

    private async Task StopHostAsync()
    {
        if (Interlocked.Exchange(ref _host, null) is { } host)
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
