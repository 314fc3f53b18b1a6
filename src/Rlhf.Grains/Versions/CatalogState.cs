using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What the catalogue keeps. A change is another state, which takes this one's place when it is durable.</summary>
public sealed record CatalogState
{
    /// <summary>Counts the changes.</summary>
    public long Revision { get; init; }

    /// <summary>The fingerprint of the base model that the versions belong to.</summary>
    public string Trunk { get; init; } = "";

    /// <summary>Every version ever announced, oldest first.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    /// <summary>The versions that may answer, oldest first.</summary>
    public IReadOnlyList<ServedVersion> Served { get; init; } = [];

    /// <summary>The versions that were live, oldest first, the live one last: where a rollback goes back to.</summary>
    public IReadOnlyList<string> Lives { get; init; } = [];

    /// <summary>Feedback of versions that were rolled back, until an operator releases it.</summary>
    public IReadOnlyList<WithheldFeedback> Withheld { get; init; } = [];
}
