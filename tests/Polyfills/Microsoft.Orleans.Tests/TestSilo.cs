using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace Orleans.Tests;

/// <summary>A host with a silo that is stopped when the test ends.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    private TestSilo(IHost host) => Host = host;

    public IHost Host { get; }

    public IGrainFactory Grains => Host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<TestSilo> StartAsync(Action<ISiloBuilder>? configure = null, TimeProvider? time = null)
    {
        var silo = Build(configure, time);
        await silo.Host.StartAsync();
        return silo;
    }

    public static TestSilo Build(Action<ISiloBuilder>? configure = null, TimeProvider? time = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.ClearProviders();
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            configure?.Invoke(silo);
        });
        return new(builder.Build());
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync();
        Host.Dispose();
    }
}
