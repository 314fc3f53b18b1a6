using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Scenarios;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Serving;

/// <summary>A server process of the benchmark's own, on a data folder with versions that can be promoted.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly ServerProcess _server;
    private readonly string _folder;

    private ServerUnderTest(ServerProcess server, string folder)
    {
        _server = server;
        _folder = folder;
    }

    public Uri Address => _server.Client.BaseAddress!;

    public Process Process => _server.Process;

    /// <summary>Makes the versions, starts the server and waits until it answers. The last version is live; of the others none is loaded.</summary>
    public static async Task<ServerUnderTest> StartAsync(string modelFolder, BaseModel model, IReadOnlyList<(string Name, LoraAdapter Adapter)> versions, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
        await PrepareAsync(folder, model, versions);
        var server = await ServerProcess.StartAsync(
            folder, model: modelFolder,
            settings: ["--Learner:TriggerThumbs=0", "--Learner:Interval=00:00:00", "--Versions:KeepRetired=1", "--Versions:Canary=false", "--Learner:Gate:OwnJudge=true", "--Keys:PerMinuteWithoutKey=0", .. settings]);
        return server.Process.HasExited
            ? throw new InvalidOperationException($"The server ended with exit code {server.Process.ExitCode}:\n{server.Printed}")
            : new ServerUnderTest(server, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task PrepareAsync(string folder, BaseModel model, IReadOnlyList<(string Name, LoraAdapter Adapter)> versions)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<FeedbackOptions>();
        builder.Services.Configure<VersionOptions>(options => options.KeepRetired = 1);
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddSqliteStorage(folder));
        builder.Services.AddRlhfGrains("demo", model, new ServingOptions { Threads = 1 });
        using var host = builder.Build();
        await host.StartAsync();
        var catalog = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IModelCatalogGrain>("demo");
        foreach (var (name, adapter) in versions)
        {
            var adapters = host.Services.GetRequiredService<IAdapterStore>();
            await adapters.SaveAsync(name, adapter.ToBytes(), (await adapters.ClaimAsync(name)).Token);
            await catalog.AnnounceAsync(name, ModelCatalog.Base, new VersionLineage($"job-{name}", 0, 0, model.Fingerprint, "{}"));
            await catalog.PublishAsync(name);
        }

        await host.StopAsync();
    }
}
