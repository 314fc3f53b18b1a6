using System.Net;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Rlhf.Grains;
using Rlhf.Learner;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>This process in Orleans: a silo that is alone, a silo of a cluster, or a client of one.</summary>
internal static class OrleansHost
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(2);

    public static void AddOrleans(this WebApplicationBuilder builder, ProcessOptions process)
    {
        if (process.IsAlone)
        {
            builder.AddLoneSilo(process);
        }
        else if (process.IsClient)
        {
            builder.UseOrleansClient(client => client
                .Configure<ClusterOptions>(cluster => Name(cluster, process))
                .AddActivityPropagation()
                .FindCluster(process)
                .UseConnectionRetryFilter(WaitForSilosAsync));
            builder.Services.AddTableStorage(process.Data, process.Storage.Tables);
        }
        else
        {
            builder.UseOrleans(silo => silo
                .Configure<ClusterOptions>(cluster => Name(cluster, process))
                .Listen(process.Clustering)
                .AddActivityPropagation()
                .AddStorage(process.Storage, process.Data) // before the membership, which may bring its own reminders
                .JoinCluster(process)
                .HoldOnly(process.Roles));
        }
    }

    private static void Name(ClusterOptions cluster, ProcessOptions process)
    {
        cluster.ClusterId = process.Clustering.ClusterId;
        cluster.ServiceId = process.Clustering.ServiceId;
    }

    private static ISiloBuilder Listen(this ISiloBuilder silo, ClusteringOptions clustering) => clustering.AdvertisedAddress is { } address
        ? silo.ConfigureEndpoints(IPAddress.Parse(address), clustering.SiloPort, clustering.GatewayPort, listenOnAnyHostAddress: true)
        : silo.ConfigureEndpoints(clustering.SiloPort, clustering.GatewayPort, listenOnAnyHostAddress: true);

    /// <summary>A silo that does not know a grain's class is never asked to hold the grain, whatever its placement.
    /// Placement filters would compare with the calling silo's metadata, and a client has none.</summary>
    private static ISiloBuilder HoldOnly(this ISiloBuilder silo, ProcessRoles roles)
    {
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, GatewayLinger>();
        silo.Services.PostConfigure<GrainTypeOptions>(types => types.Classes.ExceptWith(ClassesOfOthers(roles)));
        return silo;
    }

    private static IEnumerable<Type> ClassesOfOthers(ProcessRoles roles) =>
    [
        .. roles.HasFlag(ProcessRoles.Serving) ? [] : GrainsSetup.ServingClasses,
        .. roles.HasFlag(ProcessRoles.Learner) ? [] : LearnerSetup.GrainClasses,
    ];

    /// <summary>A client may start before its silos do, and outlive them.</summary>
    private static async Task<bool> WaitForSilosAsync(Exception error, CancellationToken cancellationToken)
    {
        await Task.Delay(BetweenAttempts, cancellationToken);
        return true;
    }
}
