using Rlhf.Contracts;

namespace Rlhf.Grains.SystemPrompts;

/// <summary>What a model's system prompts keep. A change is another state, which takes this one's place when it is durable.</summary>
public sealed record SystemPromptState
{
    /// <summary>Counts the changes.</summary>
    public long Revision { get; init; }

    /// <summary>The highest number given.</summary>
    public int LastVersion { get; init; }

    /// <summary>The version that is in use; null where none is.</summary>
    public int? Active { get; init; }

    /// <summary>Those that are kept, oldest first.</summary>
    public IReadOnlyList<SystemPrompt> Versions { get; init; } = [];
}
