using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Microsoft.Extensions.Options;

namespace Orleans.Tests.Validation;

public sealed class HostingTests
{
    [Fact]
    public void ASecondSiloIsRefusedInOneSentence()
    {
        var error = Assert.Throws<OrleansConfigurationException>(() => TestSilo.Build(
            s => s.UseLocalhostClustering(siloPort: 11112, primarySiloEndpoint: new IPEndPoint(IPAddress.Loopback, 11111))));

        Assert.Contains("the real Microsoft.Orleans packages are what scales out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AClientIsRefusedInOneSentence()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());

        var error = Assert.Throws<OrleansConfigurationException>(() => ((IHostApplicationBuilder)builder).UseOrleansClient());

        Assert.Contains("the real Microsoft.Orleans packages are what scales out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASiloWithoutClusteringIsRefused()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.UseOrleans();
        using var host = builder.Build();

        await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
    }

    [Fact]
    public async Task OptionsComeFromTheBuilderAndFromConfiguration()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("ResponseTimeout", "00:00:07")])
            .Build();
        await using var silo = await TestSilo.StartAsync(s => s
            .UseLocalhostClustering(serviceId: "chat", clusterId: "blue")
            .Configure<SiloOptions>(o => o.SiloName = "first")
            .Configure<SiloMessagingOptions>(configuration));

        var services = silo.Host.Services;
        Assert.Equal("chat", services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId);
        Assert.Equal("first", services.GetRequiredService<ILocalSiloDetails>().Name);
        Assert.Equal("blue", services.GetRequiredService<ILocalSiloDetails>().ClusterId);
        Assert.Equal(TimeSpan.FromSeconds(7), services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.ResponseTimeout);
    }

    [Fact]
    public async Task LifecycleParticipantsStartUpwardsAndStopDownwards()
    {
        var log = new List<string>();
        await using (await TestSilo.StartAsync(s => s.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new Participant(log))))
        {
            log.Add("runs");
        }

        Assert.Equal(["start 10000", "start 20000", "runs", "stop 20000", "stop 10000"], log);
    }

    private sealed class Participant(List<string> log) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle lifecycle)
        {
            foreach (var stage in new[] { ServiceLifecycleStage.Active, ServiceLifecycleStage.ApplicationServices })
            {
                lifecycle.Subscribe(nameof(Participant), stage, _ => Note($"start {stage}"), _ => Note($"stop {stage}"));
            }
        }

        private Task Note(string what)
        {
            log.Add(what);
            return Task.CompletedTask;
        }
    }
}
