using System.Text.Json;

namespace Rlhf.Cli.Output;

/// <summary>The file that <c>--json</c> names: a command's figures, in snake case.</summary>
internal static class FiguresFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static string Render<T>(T figures) => JsonSerializer.Serialize(figures, Json) + "\n";

    /// <summary>Refuses a file that could not be written later, before the command spends minutes on its figures.</summary>
    public static void Check(FileInfo? file)
    {
        if (file is null)
        {
            return;
        }

        if (Directory.Exists(file.FullName))
        {
            throw CommandException.Misuse($"--json names the folder {file.FullName}; name a file.");
        }

        if (file.Directory is { Exists: false } folder)
        {
            throw CommandException.Misuse($"--json names a file in {folder.FullName}, which does not exist.");
        }
    }

    public static void Write<T>(FileInfo? file, T figures)
    {
        if (file is not null)
        {
            File.WriteAllText(file.FullName, Render(figures));
        }
    }
}
