using Microsoft.Extensions.Configuration;

namespace Rlhf.Cli.Simulation;

/// <summary>The file that <c>--reward</c> names: the components of the reward in JSON, as they stand under <c>Learner</c> in the server's configuration.</summary>
internal static class RewardSettings
{
    private static readonly string[] Components = ["HumanWeight", "Rules", "Scorer", "Judge", "Diversity"];

    // What these name lies beside the file.
    private static readonly string[] Files = ["Rules:File", "Judge:Constitution"];

    /// <summary>The settings of the server, each as <c>KEY=VALUE</c>.</summary>
    /// <exception cref="CommandException">The file can't be read, or holds something else.</exception>
    public static IReadOnlyList<string> Of(FileInfo? file)
    {
        if (file is null)
        {
            return [];
        }

        var content = Read(file);
        if (content.GetChildren().FirstOrDefault(child => !Components.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } other)
        {
            throw CommandException.Misuse($"--reward: {file} has '{other.Key}'; a reward has {string.Join(", ", Components)}.");
        }

        return [.. content.AsEnumerable().Where(setting => setting.Value is not null).OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"Learner:{setting.Key}={Value(setting.Key, setting.Value!, file)}")];
    }

    private static string Value(string key, string value, FileInfo file) =>
        Files.Contains(key, StringComparer.OrdinalIgnoreCase) ? Path.GetFullPath(value, file.DirectoryName!) : value;

    private static IConfigurationRoot Read(FileInfo file)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(file.FullName, optional: false).Build();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw CommandException.Misuse($"--reward: {file} can't be read: {(e.InnerException ?? e).Message}");
        }
    }
}
