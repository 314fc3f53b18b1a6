using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Orleans.Tests;

/// <summary>A host with a silo on a clock of its own; stopped when the test ends.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private bool _stopped;

    private TestSilo(IHost host, FakeClock clock)
    {
        Host = host;
        Clock = clock;
    }

    public IHost Host { get; }

    public FakeClock Clock { get; }

    /// <summary>What the test's grains report to, and wait for.</summary>
    public Stage Stage => Host.Services.GetRequiredService<Stage>();

    public IGrainFactory Grains => Host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure = null, FakeClock? clock = null)
    {
        var silo = Build(configure, clock);
        await silo.Host.StartAsync();
        return silo;
    }

    public static TestSilo Build(Action<ISiloBuilder>? configure = null, FakeClock? clock = null)
    {
        clock ??= new FakeClock();
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton<Stage>();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering().AddMemoryGrainStorage("memory");
            configure?.Invoke(silo);
        });
        return new(builder.Build(), clock);
    }

    public async Task StopAsync()
    {
        _stopped = true;
        await Host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await Host.StopAsync();
        }

        Host.Dispose();
    }
}
