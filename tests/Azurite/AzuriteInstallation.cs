namespace Rlhf.Testing;

/// <summary>Where <c>./rlhf test</c> puts Azurite, or where <c>AZURITE</c> says that it is.</summary>
internal static class AzuriteInstallation
{
    private const string Version = "3.37.0";

    private static readonly string Folder = Environment.GetEnvironmentVariable("AZURITE") is { Length: > 0 } named
        ? named
        : Path.Combine(Cache(), "rlhf", $"azurite-{Version}");

    /// <summary>The script that starts the table service.</summary>
    public static string Main { get; } = Path.Combine(Folder, "node_modules", "azurite", "dist", "src", "table", "main.js");

    /// <summary>Why no test can run against it; null when they can.</summary>
    public static string? Missing { get; } = File.Exists(Main)
        ? HasNode() ? null : "Node is not on the PATH; ./rlhf test installs it."
        : $"Azurite {Version} is not in {Folder}; ./rlhf test installs it there (AZURITE names another folder that npm installed it in).";

    private static string Cache() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/tmp", ".cache");

    private static bool HasNode() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")));
}
