using System.Globalization;

namespace Rlhf.Cli.Simulation;

/// <summary>Where a simulation's server stores.</summary>
internal static class StorageSettings
{
    /// <summary>The settings of the server, each as <c>KEY=VALUE</c>. Tables get a prefix of their own, so that they are
    /// fresh; they stay when the run is over, for whoever wants to look.</summary>
    /// <exception cref="CommandException">The two do not go together.</exception>
    public static IReadOnlyList<string> Of(string? storage, string? connection) => (storage, connection) switch
    {
        (null or "sqlite", null) => [],
        ("azure-tables", not null) =>
        [
            "Storage:Provider=azure-tables",
            $"Storage:ConnectionString={connection}",
            string.Create(CultureInfo.InvariantCulture, $"Storage:Prefix=simulate{DateTime.UtcNow:yyyyMMddHHmmssfff}"),
        ],
        ("azure-tables", null) => throw CommandException.Misuse("--storage azure-tables needs --connection; UseDevelopmentStorage=true is a local Azurite."),
        (null or "sqlite", not null) => throw CommandException.Misuse("--connection is for azure-tables: say --storage azure-tables too."),
        _ => throw CommandException.Misuse($"--storage is '{storage}'; there are sqlite and azure-tables."),
    };
}
