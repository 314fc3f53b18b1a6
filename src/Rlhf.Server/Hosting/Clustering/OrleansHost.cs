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
    // A grain's turn that blocks its silo for so long is told of. The first ones compile their code, which takes a slow machine a second or two.
    private static readonly TimeSpan LongTurn = TimeSpan.FromSeconds(5);

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
                .AddOperatorsDashboard()
                .FindCluster(process)
                .UseConnectionRetryFilter<WaitForSilos>());
            builder.Services.AddTableStorage(process.Data, process.Storage.Tables);
        }
        else
        {
            var sockets = SiloSockets.Take(process.Clustering);
            builder.UseOrleans(silo => silo
                .Configure<ClusterOptions>(cluster => Name(cluster, process))
                .ListenOn(sockets)
                .Configure<ClusterMembershipOptions>(membership => Probe(membership, process.Clustering))
                .AddActivityPropagation()
                .AddStorage(process.Storage, process.Data) // before the membership, which may bring its own reminders
                .JoinCluster(process)
                .HoldOnly(process.Roles)
                .AddOperatorsDashboard());
        }

        builder.Services.Configure<SchedulingOptions>(scheduling => scheduling.TurnWarningLengthThreshold = LongTurn);
        builder.Services.AddSingleton<LiveSilos>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<LiveSilos>());
    }

    private static void Name(ClusterOptions cluster, ProcessOptions process)
    {
        cluster.ClusterId = process.Clustering.ClusterId;
        cluster.ServiceId = process.Clustering.ServiceId;
    }

    private static ISiloBuilder ListenOn(this ISiloBuilder silo, SiloSockets sockets)
    {
        sockets.ListenedOnBy(silo);
        return silo;
    }

    private static void Probe(ClusterMembershipOptions membership, ClusteringOptions clustering)
    {
        membership.ProbeTimeout = clustering.ProbeTimeout;
        membership.NumMissedProbesLimit = clustering.NumMissedProbesLimit;
        membership.NumProbedSilos = clustering.NumProbedSilos;
        membership.NumVotesForDeathDeclaration = clustering.NumVotesForDeathDeclaration;
        membership.DeathVoteExpirationTimeout = clustering.DeathVoteExpirationTimeout;
        membership.TableRefreshTimeout = clustering.TableRefreshTimeout;
    }

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
}
