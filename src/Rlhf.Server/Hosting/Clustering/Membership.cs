using Orleans.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Hosting;

/// <summary>Where silos write down that they live, and where clients and other silos read it.</summary>
internal static class Membership
{
    // The name by which Orleans' ADO.NET providers load the package Npgsql.
    private const string Npgsql = "Npgsql";

    /// <summary>In Azure tables reminders stay with the rest of the storage; PostgreSQL keeps them beside the membership.</summary>
    public static ISiloBuilder JoinCluster(this ISiloBuilder silo, ProcessOptions process) => process.Clustering.Provider == ClusteringOptions.AzureTables
        ? silo.UseTableMembership(Tables(process))
        : silo
            .UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = (Npgsql, process.Clustering.ConnectionString!))
            .UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = (Npgsql, process.Clustering.ConnectionString!));

    public static IClientBuilder FindCluster(this IClientBuilder client, ProcessOptions process) => process.Clustering.Provider == ClusteringOptions.AzureTables
        ? client.UseTableMembership(Tables(process))
        : client.UseAdoNetClustering(membership => (membership.Invariant, membership.ConnectionString) = (Npgsql, process.Clustering.ConnectionString!));

    private static TableStorageOptions Tables(ProcessOptions process) => process.Clustering.ConnectionString is { } other
        ? new TableStorageOptions(other, process.Storage.Prefix) { Setting = "Clustering:ConnectionString" }
        : process.Storage.Tables;
}
