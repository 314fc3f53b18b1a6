using System.CommandLine;
using Rlhf.Testing;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>What the cluster is made of.</summary>
/// <param name="InPostgreSql">Whether silos find each other in a PostgreSQL, or in the Azure tables that everything else is stored in.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record ClusterArguments(bool InPostgreSql, string? Json)
{
    private const string AzureTables = "azure-tables";
    private const string PostgreSql = "postgresql";

    /// <summary>The membership's name.</summary>
    public string Clustering => InPostgreSql ? PostgreSql : AzureTables;

    /// <summary>The command that asks for it.</summary>
    public static Command Command(Func<ClusterArguments, Task<int>> run)
    {
        var storage = CommonOptions.OneOf("--storage", "What everything is stored in.", AzureTables, AzureTables);
        var clustering = CommonOptions.OneOf("--clustering", "Where silos find each other.", AzureTables, AzureTables, PostgreSql);
        var json = CommonOptions.Json();
        var command = new Command("cluster", "Takes a cluster of real processes apart while people chat, and looks for what was lost or doubled.") { storage, clustering, json };
        command.SetAction((parsed, _) =>
        {
            var asked = new ClusterArguments(parsed.GetValue(clustering) == PostgreSql, parsed.GetValue(json)?.FullName);
            return (AzuriteInstallation.Missing ?? (asked.InPostgreSql ? PostgreSqlInstallation.Missing : null)) is { } missing ? throw CommandException.Misuse(missing) : run(asked);
        });
        return command;
    }
}
