using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rlhf.Cli.Client;
using Rlhf.Cli.Thumbs;
using Rlhf.Inference;

namespace Rlhf.Cli.Import;

/// <summary>Reads files of one JSON object a line, each in one of the shapes that data sets of feedback have, told apart by their fields:
/// <list type="bullet">
/// <item><c>{id, messages, completion, thumbs}</c>: a recorded thumb;</item>
/// <item><c>{prompt, completion, label}</c>: TRL's unpaired preference;</item>
/// <item><c>{prompt, chosen, rejected}</c> and <c>{chosen, rejected}</c>: TRL's preference, with the prompt apart or as the common beginning of both;</item>
/// <item><c>{chosen, rejected}</c> with turns marked <c>\n\nHuman:</c> and <c>\n\nAssistant:</c>, as in Anthropic's hh-rlhf;</item>
/// <item><c>{messages}</c> that end with the assistant: OpenAI's chat format, a reply to imitate.</item>
/// </list>
/// A prompt or reply is a list of messages, or a text. A line without an <c>id</c> is named after what it says, so that it is imported once.</summary>
internal static class RecordedFile
{
    private const string Human = "\n\nHuman:", Assistant = "\n\nAssistant:";

    /// <inheritdoc cref="ThumbsFile.Read"/>
    public static IEnumerable<ThumbsLine> Read(string file)
    {
        var named = new Dictionary<string, int>();
        foreach (var (number, text) in ThumbsFile.Lines(file))
        {
            yield return Parse(number, text, named);
        }
    }

    private static ThumbsLine Parse(int number, string text, Dictionary<string, int> named)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var line = json.RootElement;
            return line.ValueKind != JsonValueKind.Object ? new ThumbsLine(number, null, "is no JSON object")
                : line.TryGetProperty("thumbs", out _) || line.TryGetProperty("completion", out _) && !line.TryGetProperty("label", out _) ? ThumbsFile.Parse(number, text)
                : new ThumbsLine(number, Checked(Item(line, text, named)), null);
        }
        catch (JsonException e)
        {
            return new ThumbsLine(number, null, $"is no recorded feedback: {e.Message.Split(" | ")[0]}");
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            return new ThumbsLine(number, null, e is FormatException ? e.Message : "has half of a surrogate pair");
        }
    }

    private static RecordedThumb Item(JsonElement line, string text, Dictionary<string, int> named)
    {
        var thumb = Has(line, "label") ? Labelled(line)
            : Has(line, "chosen") && Has(line, "rejected") ? Preferred(line)
            : Has(line, "messages") ? Demonstrated(line)
            : throw new FormatException("has none of the shapes that are known: thumbs, label, chosen and rejected, or messages alone");
        return thumb with
        {
            Id = Text(line, "id") ?? Name(text, named),
            Group = Text(line, "group") ?? (thumb.Messages is [{ Content: var opening }, ..] ? Hash(opening) : null), // dialogues that begin alike are not split
            Rater = Text(line, "rater"),
        };
    }

    private static RecordedThumb Labelled(JsonElement line) => new(
        "", null, Messages(line, "prompt", "user"), Reply(Messages(line, "completion", "assistant"), "completion"), line.GetProperty("label").ValueKind switch
        {
            JsonValueKind.True => "up",
            JsonValueKind.False => "down",
            _ => throw new FormatException($"has the label {line.GetProperty("label")}; it must be true or false"),
        });

    private static RecordedThumb Preferred(JsonElement line)
    {
        var (chosen, rejected) = (Messages(line, "chosen", "assistant"), Messages(line, "rejected", "assistant"));
        if (Has(line, "prompt"))
        {
            return new RecordedThumb("", null, Messages(line, "prompt", "user"), Reply(chosen, "chosen"), null) { Rejected = Reply(rejected, "rejected") };
        }

        var prompt = chosen.SkipLast(1).ToList();
        return chosen.Count > 1 && prompt.SequenceEqual(rejected.SkipLast(1))
            ? new RecordedThumb("", null, prompt, Reply([chosen[^1]], "chosen"), null) { Rejected = Reply([rejected[^1]], "rejected") }
            : throw new FormatException("has dialogues that differ before their last message; a preference is between two replies to one prompt");
    }

    private static RecordedThumb Demonstrated(JsonElement line)
    {
        var messages = Messages(line, "messages", "assistant");
        return messages.Count > 0
            ? new RecordedThumb("", null, [.. messages.SkipLast(1)], Reply([messages[^1]], "messages"), null) { Demonstration = true }
            : throw new FormatException("has no messages");
    }

    private static RecordedThumb Checked(RecordedThumb thumb) => thumb switch
    {
        { Completion: "" } or { Rejected: "" } => throw new FormatException("has an empty reply"),
        { Rejected: { } rejected } when rejected == thumb.Completion => throw new FormatException("has one reply as the chosen and the rejected one"),
        _ => thumb,
    };

    private static string Reply(IReadOnlyList<Message> messages, string field) => messages is [{ Role: "assistant", Content: var text }]
        ? text
        : throw new FormatException($"has a '{field}' that is no single message of the assistant");

    /// <summary>A field's messages: a list of them, a transcript with marked turns, or one text of a role.</summary>
    private static IReadOnlyList<Message> Messages(JsonElement line, string field, string role)
    {
        if (!line.TryGetProperty(field, out var value))
        {
            throw new FormatException($"has no '{field}'");
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.StartsWith(Human, StringComparison.Ordinal) ? Transcript(value.GetString()!) : [new Message(role, value.GetString()!)],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(MessageOf)],
            _ => throw new FormatException($"has a '{field}' that is neither a text nor a list of messages"),
        };
    }

    private static Message MessageOf(JsonElement message)
    {
        var role = Text(message, "role") ?? "";
        if (!ChatTemplate.Roles.Contains(role))
        {
            throw new FormatException($"has a message of role '{role}'; roles are {string.Join(", ", ChatTemplate.Roles)}");
        }

        return Has(message, "tool_calls")
            ? throw new FormatException("has a message with tool_calls, which can't be imported; let the content say what was called")
            : new Message(role, Text(message, "content") ?? throw new FormatException("has a message without a text as content"));
    }

    private static List<Message> Transcript(string text)
    {
        var messages = new List<Message>();
        for (var at = 0; at < text.Length;)
        {
            var role = text.AsSpan(at).StartsWith(Human) ? "user" : "assistant";
            var begin = at + (role == "user" ? Human.Length : Assistant.Length);
            var ends = new[] { text.IndexOf(Human, begin, StringComparison.Ordinal), text.IndexOf(Assistant, begin, StringComparison.Ordinal) }.Where(end => end >= 0);
            at = ends.DefaultIfEmpty(text.Length).Min();
            messages.Add(new Message(role, text[begin..at].Trim()));
        }

        return messages;
    }

    /// <summary>A name for a line that has none: what it says, and the how manieth of those it is.</summary>
    private static string Name(string text, Dictionary<string, int> named)
    {
        var hash = Hash(text);
        var before = named[hash] = named.GetValueOrDefault(hash) + 1;
        return before == 1 ? hash : $"{hash}/{before}";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    private static bool Has(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static string? Text(JsonElement json, string name) => Has(json, name) && json.GetProperty(name).ValueKind == JsonValueKind.String ? json.GetProperty(name).GetString() : null;
}
