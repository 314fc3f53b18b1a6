using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Requests;

/// <summary>A message of a dialogue.</summary>
[Unsupported("name")]
[Unsupported("refusal")]
[Unsupported("annotations", "[]")]
[Unsupported("audio")]
[Unsupported("function_call")]
internal sealed record RequestMessage
{
    private const string Developer = "developer"; // OpenAI's later name for system

    /// <summary>Who speaks.</summary>
    [AllowedValues("system", Developer, "user", "assistant", "tool")]
    public required string Role { get; init; }

    /// <summary>What is said: a text, or its parts. An assistant's message with <c>tool_calls</c> may go without.</summary>
    [OrText(RequestLimits.Text)]
    public IReadOnlyList<ContentPart>? Content { get; init; }

    /// <summary>The calls that an assistant's message made.</summary>
    [MinLength(1), MaxLength(RequestLimits.ToolCalls)]
    public IReadOnlyList<ToolCallRequest>? ToolCalls { get; init; }

    /// <summary>The call that a tool's message answers.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name)]
    public string? ToolCallId { get; init; }

    /// <summary>The messages as a grain takes them.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="path">What a message calls them.</param>
    public static ImmutableArray<ChatMessage> ToChat(IReadOnlyList<RequestMessage> messages, string path = "messages") =>
        [.. messages.Select((message, index) => message.ToChat($"{path}[{index}]"))];

    private ChatMessage ToChat(string path)
    {
        if (Content is null && ToolCalls is null)
        {
            throw Refuse.Invalid($"'{path}.content' is missing; it must be a text or a list.", $"{path}.content");
        }

        if (ToolCalls is not null && Role != "assistant")
        {
            throw Refuse.Invalid($"'{path}.tool_calls' is only for messages with the role assistant, not {Role}.", $"{path}.tool_calls");
        }

        if (ToolCallId is not null && Role != "tool")
        {
            throw Refuse.Invalid($"'{path}.tool_call_id' is only for messages with the role tool, not {Role}.", $"{path}.tool_call_id");
        }

        return new ChatMessage(
            Role == Developer ? "system" : Role,
            string.Concat((Content ?? []).Select(part => part.Text)),
            ToolCalls is null ? null : Grains.Chat.ToolCalls.Write(ToolCalls.Select((call, index) => call.ToCall($"{path}.tool_calls[{index}]"))),
            ToolCallId);
    }
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
