using System.IO.Compression;
using System.Text.Json;
using Rlhf.Cli.Client;
using Rlhf.Inference;

namespace Rlhf.Cli.Thumbs;

/// <summary>One line of a file of recorded thumbs: a thumb, or what is wrong with it.</summary>
/// <param name="Number">The line's number, from 1.</param>
/// <param name="Thumb">The thumb, or null where the line is bad.</param>
/// <param name="Error">What is wrong with a bad line.</param>
internal readonly record struct ThumbsLine(int Number, RecordedThumb? Thumb, string? Error);

/// <summary>Reads recorded thumbs, one JSON object a line: <c>{id, group?, messages: [{role, content}], completion, kind?, thumbs: up|down}</c>.</summary>
internal static class ThumbsFile
{
    /// <summary>Reads a file; one whose name ends in <c>.gz</c> is unpacked on the way. Empty lines are passed over.</summary>
    /// <exception cref="CommandException">The file is not there, or is not gzip where its name says so.</exception>
    public static IEnumerable<ThumbsLine> Read(string file) => Lines(file).Select(line => Parse(line.Number, line.Text));

    /// <summary>A file's lines that are not empty, by number.</summary>
    /// <exception cref="CommandException">As in <see cref="Read"/>.</exception>
    public static IEnumerable<(int Number, string Text)> Lines(string file)
    {
        if (!File.Exists(file))
        {
            throw CommandException.Misuse($"There is no file {file}.");
        }

        using var stream = File.OpenRead(file);
        using var reader = new StreamReader(file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        for (var number = 1; ; number++)
        {
            string? line;
            try
            {
                line = reader.ReadLine();
            }
            catch (InvalidDataException e)
            {
                throw new CommandException($"{file} is damaged after line {number - 1}: {e.Message}");
            }

            if (line is null)
            {
                yield break;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return (number, line);
            }
        }
    }

    public static ThumbsLine Parse(int number, string line)
    {
        try
        {
            var thumb = JsonSerializer.Deserialize<RecordedThumb>(line, Wire.Json);
            var error = Error(thumb);
            return new ThumbsLine(number, error is null ? thumb : null, error);
        }
        catch (JsonException e)
        {
            return new ThumbsLine(number, null, $"is no recorded thumb: {e.Message.Split(" | ")[0]}");
        }
    }

    private static string? Error(RecordedThumb? thumb) => thumb switch
    {
        null => "says null",
        { Id: null or "" } => "has no id",
        { Messages: null } => "has no messages",
        { Completion: null or "" } => "has no completion",
        { Thumbs: not ("up" or "down") } => $"has thumbs '{thumb.Thumbs}'; it must be up or down",
        _ when thumb.Messages.FirstOrDefault(m => m is not { Content: not null } || !ChatTemplate.Roles.Contains(m.Role)) is { } bad =>
            $"has a message of role '{bad.Role}'{(bad.Content is null ? " without content" : "")}; roles are {string.Join(", ", ChatTemplate.Roles)}",
        _ when thumb.Messages.Any(m => m is null) => "has a message that is null",
        _ => null,
    };
}
