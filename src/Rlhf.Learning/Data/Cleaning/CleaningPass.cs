using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rlhf.Inference;

namespace Rlhf.Learning.Data.Cleaning;

/// <summary>Cleans files of dialogues, one JSON object <c>{id, messages:[{role, content}]}</c> a line, as <see cref="DialogueReader"/> reads them. A line is read,
/// cleaned and given away before the next one: a file may be larger than the memory.</summary>
public static class CleaningPass
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the files twice: once for the held-out dialogues, then to clean. A line that is no dialogue is dropped and reported; other fields than
    /// the texts stay as they are.</summary>
    /// <param name="files">The files, each to its end before the next.</param>
    /// <param name="cleaner">A new cleaner; its report tells what was done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The lines that are kept, with their files.</returns>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A gzip stream is broken.</exception>
    public static IEnumerable<(string File, string Line)> Run(IReadOnlyList<string> files, DialogueCleaner cleaner, CancellationToken cancellationToken = default)
    {
        cleaner.Options.Validate();
        foreach (var (_, line) in Lines(files, cleaner.Options, cancellationToken))
        {
            if (line.Dialogue is { } dialogue)
                cleaner.Announce(dialogue);
        }

        foreach (var (file, line) in Lines(files, cleaner.Options, cancellationToken))
        {
            if (line.Dialogue is not { } dialogue)
                cleaner.DropLine(line.Reason, line.Place, line.Detail);
            else if (cleaner.Clean(dialogue, line.Place) is { } clean)
                yield return (file, With(line.Json!, clean));
        }
    }

    private static IEnumerable<(string File, Line Line)> Lines(IReadOnlyList<string> files, CleaningOptions options, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            if (!File.Exists(file))
                throw new FileNotFoundException($"There is no file '{file}' to read dialogues from.", file);
            foreach (var (number, text) in RawLines.Read(file, options.MostLineBytes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var place = $"{file}, line {number}";
                yield return (file, text is null ? new Line(place, DropReason.TooLong, $"a line of more than {options.MostLineBytes} bytes") : Parse(text, place));
            }
        }
    }

    private static Line Parse(string text, string place)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject json)
                return new Line(place, DropReason.Malformed, "no JSON object");
            if (json["id"] is not JsonValue name || !name.TryGetValue<string>(out var id) || json["messages"] is not JsonArray messages)
                return new Line(place, DropReason.Malformed, "'id' or 'messages' is missing");
            MessageLine?[] read = [.. messages.Select(message => message.Deserialize<MessageLine>(JsonSerializerOptions.Web))];
            return read.Length == 0 ? new Line(place, DropReason.TooShort, "no message") : new Line(place, new Dialogue(id, MessageLine.Checked(read, place)), json);
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or ArgumentException or InvalidOperationException)
        {
            // An InvalidOperationException is half of an escaped surrogate pair, an ArgumentException a name that comes twice.
            return new Line(place, error is InvalidOperationException ? DropReason.BrokenEncoding : DropReason.Malformed, error.Message);
        }
    }

    private static string With(JsonObject json, Dialogue clean)
    {
        foreach (var (message, text) in json["messages"]!.AsArray().Zip(clean.Messages))
        {
            var names = message!.AsObject().Where(field => field.Key.Equals("content", StringComparison.OrdinalIgnoreCase)).Select(field => field.Key).ToList();
            message[names[^1]] = text.Content;
        }

        return json.ToJsonString(Json);
    }

    private sealed record Line(string Place, DropReason Reason, string Detail)
    {
        public Line(string place, Dialogue dialogue, JsonObject json)
            : this(place, default, "") => (Dialogue, Json) = (dialogue, json);

        public Dialogue? Dialogue { get; }

        public JsonObject? Json { get; }
    }
}
