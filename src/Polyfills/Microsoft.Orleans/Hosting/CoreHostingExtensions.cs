using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>How silos find each other; here there is but one.</summary>
public static class CoreHostingExtensions
{
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = 11111,
        int gatewayPort = 30000,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev")
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, siloPort);
        if (primarySiloEndpoint is not null && !primarySiloEndpoint.Equals(endpoint))
        {
            throw new OrleansConfigurationException(
                $"This silo on port {siloPort} is to join the one at {primarySiloEndpoint}, but this build of Orleans runs in one process; "
                + "the real Microsoft.Orleans packages are what scales out (build with -p:UsePolyfills=false).");
        }

        builder.Services.AddSingleton(new SiloEndpoint(endpoint));
        return builder.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = serviceId;
            options.ClusterId = clusterId;
        });
    }
}
