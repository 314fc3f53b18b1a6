using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What the catalogue keeps.</summary>
public sealed class CatalogState
{
    /// <summary>Counts the changes.</summary>
    public long Revision { get; set; }

    /// <summary>The fingerprint of the base model that the versions belong to.</summary>
    public string Trunk { get; set; } = "";

    /// <summary>Every version ever announced, oldest first.</summary>
    public List<string> Known { get; set; } = [];

    /// <summary>The versions that may answer, oldest first.</summary>
    public List<ServedVersion> Served { get; set; } = [];

    /// <summary>The versions that were live, oldest first, the live one last: where a rollback goes back to.</summary>
    public List<string> Lives { get; set; } = [];
}
