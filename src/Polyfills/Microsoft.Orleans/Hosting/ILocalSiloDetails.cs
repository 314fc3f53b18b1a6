using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>Who this silo is.</summary>
public interface ILocalSiloDetails
{
    string Name { get; }

    string ClusterId { get; }

    string DnsHostName { get; }

    SiloAddress SiloAddress { get; }
}

internal sealed class LocalSiloDetails(
    IOptions<SiloOptions> silo, IOptions<ClusterOptions> cluster, IEnumerable<SiloEndpoint> endpoints, TimeProvider time) : ILocalSiloDetails
{
    public string Name { get; } = silo.Value.SiloName.Length > 0 ? silo.Value.SiloName : $"Silo_{Guid.NewGuid().ToString("N")[..5]}";

    public string ClusterId { get; } = cluster.Value.ClusterId;

    public string DnsHostName { get; } = Dns.GetHostName();

    /// <summary>The generation is the second of the start, counted from 2010 as the real runtime does.</summary>
    public SiloAddress SiloAddress { get; } = SiloAddress.New(
        endpoints.LastOrDefault()?.Address
            ?? throw new OrleansConfigurationException("Clustering has not been configured: call UseLocalhostClustering()."),
        (int)(time.GetUtcNow() - new DateTimeOffset(2010, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds);
}

/// <summary>Where a silo would listen. Nothing listens in one process; it only tells silos apart.</summary>
internal sealed record SiloEndpoint(IPEndPoint Address);
