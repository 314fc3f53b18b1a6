using Orleans;

namespace Rlhf.Contracts;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>; or <see cref="Tools"/>.</param>
/// <param name="Content">What is said.</param>
/// <param name="ToolCalls">The calls that an assistant's message makes, as OpenAI's JSON list; null for none.</param>
/// <param name="ToolCallId">The call that a tool's message answers.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ChatMessage")]
public sealed record ChatMessage(string Role, string Content, string? ToolCalls = null, string? ToolCallId = null)
{
    /// <summary>The role of what the model may call: it stands in front of the dialogue, and its content is OpenAI's JSON list of tools. So what the model was
    /// shown is wholly its messages, wherever they are kept. No client sends it.</summary>
    public const string Tools = "tools";
}
