using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;

namespace Rlhf.Server.Requests;

/// <summary>A message of a dialogue.</summary>
[Unsupported("name")]
[Unsupported("refusal")]
[Unsupported("annotations", "[]")]
[Unsupported("audio")]
[Unsupported("function_call")]
[Unsupported("tool_calls")]
[Unsupported("tool_call_id")]
internal sealed record RequestMessage
{
    private const string Developer = "developer"; // OpenAI's later name for system

    /// <summary>Who speaks.</summary>
    [AllowedValues("system", Developer, "user", "assistant", "tool")]
    public required string Role { get; init; }

    /// <summary>What is said: a text, or its parts.</summary>
    [OrText(RequestLimits.Text)]
    public required IReadOnlyList<ContentPart> Content { get; init; }

    /// <summary>The messages as a grain takes them.</summary>
    public static ImmutableArray<ChatMessage> ToChat(IReadOnlyList<RequestMessage> messages) =>
        [.. messages.Select(message => new ChatMessage(message.Role == Developer ? "system" : message.Role, string.Concat(message.Content.Select(part => part.Text))))];
}

/// <summary>A part of a message; the model reads texts alone.</summary>
[Unsupported("file")]
[Unsupported("image_url")]
[Unsupported("input_audio")]
[Unsupported("refusal")]
internal sealed record ContentPart
{
    public const string OfText = "text";

    /// <summary>What the part is.</summary>
    [AllowedValues(OfText)]
    public required string Type { get; init; }

    /// <summary>The text.</summary>
    [MaxLength(RequestLimits.Text)]
    public string? Text { get; init; }
}
