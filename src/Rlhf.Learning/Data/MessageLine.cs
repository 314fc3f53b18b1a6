using Rlhf.Inference;

namespace Rlhf.Learning.Data;

/// <summary>A message as files have it.</summary>
internal sealed record MessageLine(string? Role, string? Content)
{
    /// <summary>Role and text of each message.</summary>
    /// <exception cref="InvalidDataException">A message lacks its content or has no known role.</exception>
    public static IReadOnlyList<DialogueMessage> Checked(IReadOnlyList<MessageLine?> messages, string place) =>
    [
        .. messages.Select(message => message is { Role: { } role, Content: { } content } && ChatTemplate.Roles.Contains(role)
            ? (role, content)
            : throw new InvalidDataException($"{place}: a message needs 'content' and a 'role' among {string.Join(", ", ChatTemplate.Roles)}, not '{message?.Role}'.")),
    ];
}
