using Rlhf.Testing;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>What the cluster is made of.</summary>
/// <param name="InPostgreSql">Whether silos find each other in a PostgreSQL, or in the Azure tables that everything else is stored in.</param>
/// <param name="Json">Where the figures go; null for nowhere.</param>
internal sealed record ClusterArguments(bool InPostgreSql, string? Json)
{
    public const string Usage = "usage: ./rlhf bench cluster [--storage azure-tables] [--clustering azure-tables|postgresql] [--json FILE]";

    /// <summary>The membership's name.</summary>
    public string Clustering => InPostgreSql ? "postgresql" : "azure-tables";

    /// <exception cref="FormatException">Names the argument and what would be right, or what is missing on this machine.</exception>
    public static ClusterArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new ClusterArguments(InPostgreSql: false, Json: null);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{name} needs a value.");
            parsed = (name, value) switch
            {
                ("--storage", "azure-tables") => parsed,
                ("--storage", _) => throw new FormatException($"--storage is '{value}'; a cluster stores in azure-tables."),
                ("--clustering", "azure-tables" or "postgresql") => parsed with { InPostgreSql = value == "postgresql" },
                ("--clustering", _) => throw new FormatException($"--clustering is '{value}'; there are azure-tables and postgresql."),
                ("--json", _) => parsed with { Json = value },
                _ => throw new FormatException($"cluster does not know '{name}'."),
            };
        }

        return (AzuriteInstallation.Missing ?? (parsed.InPostgreSql ? PostgreSqlInstallation.Missing : null)) is { } missing ? throw new FormatException(missing) : parsed;
    }
}
