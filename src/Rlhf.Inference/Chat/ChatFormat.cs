namespace Rlhf.Inference;

/// <summary>How one model's conversations become ids.</summary>
internal abstract class ChatFormat
{
    /// <summary>Roles that a message may have.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["system", "user", "assistant", "tool"];

    /// <summary>The token that ends a reply.</summary>
    public abstract int EndId { get; }

    public abstract int[] Render(IReadOnlyList<(string Role, string Content)> messages, bool openAssistant);

    public abstract (int[] Ids, bool[] Assistant) RenderForTraining(IReadOnlyList<(string Role, string Content)> messages);

    public abstract int[] RenderToFit(IReadOnlyList<(string Role, string Content)> messages, int maxTokens);

    protected static ArgumentException UnknownRole(string role) => new($"The role '{role}' is not known; roles are {string.Join(", ", Roles)}.");
}
