using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Rlhf.Cli.Client;
using Rlhf.Cli.Thumbs;
using Rlhf.Inference;

namespace Rlhf.Cli.Import;

/// <summary>Reads the feedback that Open WebUI exports (Admin Panel, Evaluations, Feedbacks, Export): a JSON list of ratings, each with a snapshot of its chat.
/// A thumb stands on the message that it names; the dialogue before it is the path from the chat's first message to it.</summary>
internal static class OpenWebUiFile
{
    /// <summary>Reads a file; one whose name ends in <c>.gz</c> is unpacked on the way.</summary>
    /// <returns>The ratings, numbered from 1, each as a thumb or with what is wrong with it.</returns>
    /// <exception cref="CommandException">The file is not there, or holds no list.</exception>
    public static IReadOnlyList<ThumbsLine> Read(string file)
    {
        if (!File.Exists(file))
        {
            throw CommandException.Misuse($"There is no file {file}.");
        }

        try
        {
            using var stream = File.OpenRead(file);
            using var json = JsonDocument.Parse(file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
            return json.RootElement.ValueKind == JsonValueKind.Array
                ? [.. json.RootElement.EnumerateArray().Select((item, index) => Read(index + 1, item))]
                : throw new CommandException($"{file} is no export of Open WebUI's feedback: it must be a JSON list.");
        }
        catch (Exception error) when (error is JsonException or InvalidDataException)
        {
            throw new CommandException($"{file} is no export of Open WebUI's feedback: {error.Message.Split(" | ")[0]}");
        }
    }

    private static ThumbsLine Read(int number, JsonElement item)
    {
        try
        {
            return new ThumbsLine(number, ThumbOf(item), null);
        }
        catch (FormatException error)
        {
            return new ThumbsLine(number, null, error.Message);
        }
    }

    private static RecordedThumb ThumbOf(JsonElement item)
    {
        var id = Text(item, "id") ?? throw new FormatException("has no id");
        var rating = Rating(Field(Field(item, "data"), "rating"));
        var message = Text(Field(item, "meta"), "message_id") ?? throw new FormatException("names no message (meta.message_id)");
        var chat = Field(Field(item, "snapshot"), "chat");
        var messages = Field(Field(Field(chat, "chat"), "history"), "messages");
        messages = messages.ValueKind == JsonValueKind.Object ? messages : Field(Field(chat, "history"), "messages");
        if (messages.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("has no snapshot of its chat (snapshot.chat.chat.history.messages)");
        }

        var path = PathTo(messages, message);
        return path[^1] is { Role: "assistant", Content: { Length: > 0 } reply }
            ? new RecordedThumb(
                $"open-webui/{id}", Text(Field(item, "meta"), "chat_id"), [.. path.SkipLast(1)], reply, rating ? "up" : "down", Rater: Text(item, "user_id"))
            : throw new FormatException($"is on message {message}, which is no reply");
    }

    /// <summary>The messages from the chat's first one to a message.</summary>
    private static List<Message> PathTo(JsonElement messages, string last)
    {
        var path = new List<Message>();
        var seen = new HashSet<string>();
        for (var id = last; id is not null;)
        {
            var message = Field(messages, id);
            if (message.ValueKind != JsonValueKind.Object || !seen.Add(id))
            {
                throw new FormatException($"has a chat in which message {id} {(seen.Contains(id) ? "comes after itself" : "is missing")}");
            }

            var role = Text(message, "role") ?? "";
            path.Add(new Message(ChatTemplate.Roles.Contains(role) ? role : throw new FormatException($"has a message of role '{role}'; roles are {string.Join(", ", ChatTemplate.Roles)}"), ContentOf(message)));
            id = Text(message, "parentId");
        }

        path.Reverse();
        return path;
    }

    /// <summary>A text, or the texts among the parts; pictures and files are left out.</summary>
    private static string ContentOf(JsonElement message) => Field(message, "content") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part => Text(part, "text"))),
        _ => "",
    };

    private static bool Rating(JsonElement rating)
    {
        var value = rating.ValueKind switch
        {
            JsonValueKind.Number => rating.GetDouble(),
            JsonValueKind.String when double.TryParse(rating.GetString(), CultureInfo.InvariantCulture, out var parsed) => parsed,
            _ => 0,
        };
        return value switch
        {
            1 => true,
            -1 => false,
            _ => throw new FormatException($"has the rating {(rating.ValueKind == JsonValueKind.Undefined ? "of nothing" : rating.GetRawText())}; it must be 1 or -1"),
        };
    }

    private static JsonElement Field(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement json, string name) => Field(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
