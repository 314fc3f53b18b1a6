using System.Net;
using System.Net.Sockets;
using Orleans.Hosting;

namespace Rlhf.Server.Hosting;

/// <summary>A silo that is all there is.</summary>
internal static class LoneSilo
{
    public static void AddLoneSilo(this WebApplicationBuilder builder, ProcessOptions process) => builder.UseOrleans(silo => silo
        .UseLocalhostClustering(siloPort: FreePort(), gatewayPort: 0, serviceId: process.Clustering.ServiceId, clusterId: process.Clustering.ClusterId)
        .AddActivityPropagation()
        .AddStorage(process.Storage, process.Data));

    /// <summary>Two servers on one machine are two clusters: each silo listens on a port of its own, and as nobody comes
    /// in from another process, on no gateway's.</summary>
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
