using System.Collections.Immutable;
using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>Reads dialogues.</summary>
internal static class Messages
{
    private const int Most = 1000;
    private const int LongestContent = RequestLimits.Text;

    /// <summary>A field's messages: at least one.</summary>
    public static ImmutableArray<ChatMessage> Read(RequestFields body, string name) => body.List(name, Most).Length > 0
        ? ReadAny(body, name)
        : throw Refuse.Invalid($"'{body.Name(name)}' is missing or empty; it must be a list of at least one message.", body.Name(name));

    /// <summary>A field's messages; an empty list where the assistant opens the dialogue.</summary>
    public static ImmutableArray<ChatMessage> ReadAny(RequestFields body, string name) => body.Find(name) is not null
        ? [.. body.List(name, Most).Select((element, index) => ReadOne(element, $"{body.Name(name)}[{index}]"))]
        : throw Refuse.Invalid($"'{body.Name(name)}' is missing; it must be a list of messages.", body.Name(name));

    private static ChatMessage ReadOne(JsonElement element, string path)
    {
        var message = RequestFields.Of(element, path);
        var role = message.OneOf("role", "system", "developer", "user", "assistant", "tool");
        return new ChatMessage(role == "developer" ? "system" : role, Content(message, path + ".content")); // OpenAI's later name for it
    }

    /// <summary>A text, or a list of text parts, as OpenAI's clients may send it.</summary>
    private static string Content(RequestFields message, string path)
    {
        if (message.Find("content") is not { ValueKind: JsonValueKind.Array } parts)
        {
            return message.Text("content", LongestContent) ?? throw Refuse.Invalid($"'{path}' is missing; it must be a text.", path);
        }

        var texts = parts.EnumerateArray().Select((part, index) =>
        {
            var fields = RequestFields.Of(part, $"{path}[{index}]");
            fields.OneOf("type", "text");
            return fields.Text("text", LongestContent) ?? "";
        });
        return string.Concat(texts);
    }
}
