using Rlhf.Contracts;

namespace Rlhf.Grains.SystemPrompts;

/// <summary>The model's active system prompt as this process last heard of it.</summary>
public sealed class SystemPromptCache
{
    private readonly Lock _adopting = new();
    private volatile SystemPromptVersions _last = new(-1, null, []);

    /// <summary>The active one; null where none is.</summary>
    public SystemPrompt? Active => _last.Active;

    /// <summary>Goes by what was heard, unless something later was heard before.</summary>
    public void Adopt(SystemPromptVersions heard)
    {
        lock (_adopting)
        {
            if (heard.Revision > _last.Revision)
            {
                _last = heard with { Versions = [] };
            }
        }
    }
}
