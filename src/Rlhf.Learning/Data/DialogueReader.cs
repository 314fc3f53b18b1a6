using System.IO.Compression;
using System.Text.Json;

namespace Rlhf.Learning.Data;

/// <summary>Reads dialogues, one JSON object <c>{id, messages:[{role, content}]}</c> a line, plain or gzip by the ending <c>.gz</c>.</summary>
public static class DialogueReader
{
    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    private sealed record Line(string? Id, List<Message>? Messages);

    private sealed record Message(string? Role, string? Content);

    /// <summary>Reads the file from start to end; dialogues without a message are left out.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no dialogue; the message names file and line.</exception>
    public static IEnumerable<Dialogue> Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}' to read dialogues from.", path);
        return ReadLines(path);
    }

    private static IEnumerable<Dialogue> ReadLines(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(content);
        for (var number = 1; ReadLine(reader, path, number) is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line) && Parse(line, path, number) is { Messages.Count: > 0 } dialogue)
                yield return dialogue;
        }
    }

    private static string? ReadLine(StreamReader reader, string path, int number)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}, line {number}: the gzip stream is broken.", e);
        }
    }

    private static Dialogue Parse(string text, string path, int number)
    {
        Line? line;
        try
        {
            line = JsonSerializer.Deserialize<Line>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}, line {number}: not a JSON object with 'id' and 'messages': {e.Message}", e);
        }

        if (line?.Id is null || line.Messages is null)
            throw new InvalidDataException($"{path}, line {number}: 'id' or 'messages' is missing.");
        var messages = new List<(string Role, string Content)>(line.Messages.Count);
        foreach (var message in line.Messages)
        {
            if (message.Role is null || message.Content is null || !Roles.Contains(message.Role))
                throw new InvalidDataException($"{path}, line {number}: a message needs 'content' and a 'role' among {string.Join(", ", Roles)}, not '{message.Role}'.");
            messages.Add((message.Role, message.Content));
        }

        return new Dialogue(line.Id, messages);
    }
}
