using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Learner;
using Rlhf.Grains.Serving;
using Rlhf.Grains.Versions;
using Rlhf.Inference;
using Rlhf.Learning.Runs;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Serving;

/// <summary>A server process of the benchmark's own, on a data folder with versions that can be promoted.</summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private ServerUnderTest(Process process, string folder, Uri address)
    {
        _process = process;
        _folder = folder;
        Address = address;
    }

    public Uri Address { get; }

    public Process Process => _process;

    /// <summary>Makes the versions, starts the server and waits until it answers. The last version is live; of the others none is loaded.</summary>
    public static async Task<ServerUnderTest> StartAsync(string modelFolder, BaseModel model, IReadOnlyList<(string Name, LoraAdapter Adapter)> versions, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
        await PrepareAsync(folder, model, versions);
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[
            typeof(RlhfApp).Assembly.Location, "--urls", address.ToString(), "--data", folder, "--model", modelFolder,
            "--Learner:TriggerThumbs=0", "--Learner:Interval=00:00:00", "--Versions:KeepRetired=1", .. settings])
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { }; // a full pipe would stop it
        process.BeginOutputReadLine();
        var server = new ServerUnderTest(process, folder, address);
        using var http = new HttpClient { BaseAddress = address };
        while (!await IsReadyAsync(http))
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The server ended with exit code {process.ExitCode}.");
            await Task.Delay(50);
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task PrepareAsync(string folder, BaseModel model, IReadOnlyList<(string Name, LoraAdapter Adapter)> versions)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<FeedbackOptions>();
        builder.Services.Configure<VersionOptions>(options => options.KeepRetired = 1);
        builder.Services.Configure<LearnerSchedule>(schedule => schedule.TriggerThumbs = 0);
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddSqliteStorage(folder));
        builder.Services.AddRlhfGrains("demo", model, new ServingOptions { Threads = 1 }, new LearnerOptions());
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

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync("health/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
