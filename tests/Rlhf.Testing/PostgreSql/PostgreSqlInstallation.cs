using System.Globalization;

namespace Rlhf.Testing;

/// <summary>PostgreSQL's programs, where Debian's packages put them.</summary>
public static class PostgreSqlInstallation
{
    private const string Root = "/usr/lib/postgresql";

    private static readonly string? Programs = Directory.Exists(Root)
        ? Directory.EnumerateDirectories(Root)
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .FirstOrDefault(programs => File.Exists(Path.Combine(programs, "initdb")))
        : null;

    /// <summary>Why there can be no server; null when there can.</summary>
    public static string? Missing { get; } = Programs is null
        ? $"PostgreSQL is not in {Root}; on Debian ./rlhf test installs it there when root runs it (apt-get install postgresql)."
        : null;

    /// <summary>One of the programs, newest version first.</summary>
    internal static string Program(string name) => Path.Combine(Programs ?? throw new InvalidOperationException(Missing), name);
}
