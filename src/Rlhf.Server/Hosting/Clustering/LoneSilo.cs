using Orleans.Hosting;

namespace Rlhf.Server.Hosting;

/// <summary>A silo that is all there is. Two servers on one machine are two clusters, which do not meet.</summary>
internal static class LoneSilo
{
    public static void AddLoneSilo(this WebApplicationBuilder builder, ProcessOptions process) => builder.UseOrleans(silo => silo
        .UseLocalhostClustering(gatewayPort: 0, serviceId: process.Clustering.ServiceId, clusterId: process.Clustering.ClusterId)
        .ListenToNobody()
        .AddActivityPropagation()
        .AddStorage(process.Storage, process.Data)
        .AddOperatorsDashboard());
}
