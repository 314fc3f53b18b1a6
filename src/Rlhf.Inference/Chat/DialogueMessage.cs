namespace Rlhf.Inference;

/// <summary>A message of a conversation, as a chat template is given it.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>; or <see cref="Tools"/>.</param>
/// <param name="Content">What is said.</param>
/// <param name="ToolCalls">The calls that an assistant's message makes, as OpenAI's JSON list; null for none.</param>
/// <param name="ToolCallId">The call that a tool's message answers.</param>
public sealed record DialogueMessage(string Role, string Content, string? ToolCalls = null, string? ToolCallId = null)
{
    /// <summary>
    /// The role of what the model may call: it stands in front of the conversation, and its content is OpenAI's JSON list of tools. So a prompt is
    /// wholly its messages, wherever it is kept.
    /// </summary>
    public const string Tools = "tools";

    /// <summary>A message that is only said.</summary>
    public static implicit operator DialogueMessage((string Role, string Content) said) => new(said.Role, said.Content);
}
