using System.ComponentModel.DataAnnotations;
using Rlhf.Contracts;
using Rlhf.Server.Requests;

namespace Rlhf.Server.SystemPrompts;

/// <summary>A system prompt to be used from now on.</summary>
[Closed]
internal sealed record SystemPromptRequest
{
    /// <summary>The most characters of one.</summary>
    public const int Longest = 16 * 1024;

    /// <summary>The text.</summary>
    [MinLength(1), MaxLength(Longest)]
    public required string Text { get; init; }
}

/// <summary>A version of the system prompt.</summary>
internal sealed record SystemPromptBody(int Version, string Text, DateTimeOffset CreatedAt, bool Active)
{
    public static SystemPromptBody Of(SystemPrompt prompt, SystemPrompt? active) => new(prompt.Version, prompt.Text, prompt.CreatedAt, prompt.Version == active?.Version);
}

/// <summary>The versions that are kept, oldest first, and which of them is in use.</summary>
internal sealed record SystemPromptListBody(int? Active, IReadOnlyList<SystemPromptBody> Versions)
{
    public static SystemPromptListBody Of(SystemPromptVersions prompts) =>
        new(prompts.Active?.Version, [.. prompts.Versions.Select(prompt => SystemPromptBody.Of(prompt, prompts.Active))]);
}
