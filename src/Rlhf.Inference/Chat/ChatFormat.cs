namespace Rlhf.Inference;

/// <summary>How one model's conversations become ids.</summary>
internal abstract class ChatFormat
{
    /// <summary>Roles that a message may have.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["system", "user", "assistant", "tool"];

    /// <summary>The token that ends a reply.</summary>
    public abstract int EndId { get; }

    /// <summary>How calls of tools are written; null where there is no place for tools.</summary>
    public virtual ToolFormat? Tools => null;

    /// <summary>Where the newest message begins. A tool's result is nothing without the call that it answers: it begins with the user who led to it.</summary>
    public static int NewestStart(IReadOnlyList<DialogueMessage> messages)
    {
        int last = messages.Count - 1;
        int user = last;
        while (user > 0 && messages[user].Role != "user")
            user--;
        return messages[last].Role != "tool" || messages[last].ToolCallId is null ? last : Math.Max(user, ToolsLength(messages));
    }

    /// <summary>How many messages in front say what the model may call: one or none.</summary>
    public static int ToolsLength(IReadOnlyList<DialogueMessage> messages) => messages.Count > 1 && messages[0].Role == DialogueMessage.Tools ? 1 : 0;

    public abstract int[] Render(IReadOnlyList<DialogueMessage> messages, bool openAssistant);

    public abstract (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<DialogueMessage> messages);

    public abstract int[] RenderToFit(IReadOnlyList<DialogueMessage> messages, int maxTokens);

    protected static ArgumentException UnknownRole(string role) => new($"The role '{role}' is not known; roles are {string.Join(", ", Roles)}.");
}
