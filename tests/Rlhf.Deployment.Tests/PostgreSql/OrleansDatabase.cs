using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;
using Rlhf.Testing;

namespace Rlhf.Deployment.Tests.PostgreSql;

/// <summary>A PostgreSQL as an operator sets it up, and Orleans' own providers on it.</summary>
public sealed class OrleansDatabase : IDisposable
{
    private readonly PostgreSqlServer? _server = PostgreSqlInstallation.Missing is null ? new() : null;

    public OrleansDatabase() => SetUp();

    public string ConnectionString => _server!.ConnectionString;

    /// <summary>What the operator does, once or again.</summary>
    public void SetUp() => _server?.RunScript(Path.Combine(Repository.Root, "deploy", "postgresql", "orleans.sql"));

    /// <summary>A silo that keeps membership and reminders there. It is not started.</summary>
    public IHost Silo(string cluster, int siloPort = 11111, int gatewayPort = 30000) => Build(builder => builder.UseOrleans(silo => silo
        .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
        .ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort)
        .UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = ("Npgsql", ConnectionString))
        .UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = ("Npgsql", ConnectionString))));

    /// <summary>What a client of a cluster goes by to find its gateways.</summary>
    public async Task<IReadOnlyList<Uri>> GatewaysAsync(string cluster)
    {
        using var client = Build(builder => builder.UseOrleansClient(orleans => orleans
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
            .UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = ("Npgsql", ConnectionString))));
        var gateways = client.Services.GetRequiredService<IGatewayListProvider>();
        await gateways.InitializeGatewayListProviderAsync(CancellationToken.None);
        return [.. await gateways.GetGatewaysAsync(CancellationToken.None)];
    }

    public void Dispose() => _server?.Dispose();

    private static IHost Build(Action<IHostApplicationBuilder> orleans)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging(logging => logging.ClearProviders());
        orleans(builder);
        return builder.Build();
    }
}
