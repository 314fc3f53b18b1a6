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

internal sealed class LocalSiloDetails(IOptions<SiloOptions> silo, IOptions<ClusterOptions> cluster, SiloEndpoint endpoint, TimeProvider time)
    : ILocalSiloDetails
{
    public string Name { get; } = silo.Value.SiloName.Length > 0 ? silo.Value.SiloName : $"Silo_{Guid.NewGuid().ToString("N")[..5]}";

    public string ClusterId { get; } = cluster.Value.ClusterId;

    public string DnsHostName { get; } = Dns.GetHostName();

    /// <summary>The generation is the second of the start, counted from 2010 as the real runtime does.</summary>
    public SiloAddress SiloAddress { get; } = SiloAddress.New(
        new IPEndPoint(IPAddress.Loopback, endpoint.Port),
        (int)(time.GetUtcNow() - new DateTimeOffset(2010, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds);
}

/// <summary>The port a silo would listen on. Nothing listens in one process; it only tells silos apart.</summary>
internal sealed record SiloEndpoint(int Port);
