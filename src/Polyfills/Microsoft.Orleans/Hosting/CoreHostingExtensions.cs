using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>How silos find each other, of which there is but one here, and what their calls take along.</summary>
public static class CoreHostingExtensions
{
    /// <summary>Continues the caller's trace in the grain. There are spans only while somebody listens.</summary>
    public static ISiloBuilder AddActivityPropagation(this ISiloBuilder builder) => builder
        .AddOutgoingGrainCallFilter<ActivityPropagationOutgoingGrainCallFilter>()
        .AddIncomingGrainCallFilter<ActivityPropagationIncomingGrainCallFilter>();

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
