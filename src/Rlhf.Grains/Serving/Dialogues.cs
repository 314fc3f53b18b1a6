using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>A dialogue's messages in the terms of chat templates.</summary>
public static class Dialogues
{
    /// <summary>The same messages.</summary>
    public static IReadOnlyList<DialogueMessage> ToDialogue(this ImmutableArray<ChatMessage> messages) =>
        [.. messages.Select(message => new DialogueMessage(message.Role, message.Content, message.ToolCalls, message.ToolCallId))];
}
