namespace Rlhf.Storage;

/// <summary>One of the files that a version is kept as. No version's name holds a tilde, so no part is taken for another version.</summary>
/// <param name="Version">The version.</param>
/// <param name="Suffix">What follows the version where the part is stored.</param>
/// <param name="What">What errors call it.</param>
/// <param name="Ending">What its file's name ends with.</param>
internal readonly record struct VersionPart(string Version, string Suffix, string What, string Ending = ".safetensors")
{
    public string Name => Version + Suffix;

    /// <summary>Whether it is what every version has that was published.</summary>
    public bool IsAdapter => Suffix.Length == 0;

    public static VersionPart Adapter(string version) => new(FileName.Checked(version, "version"), "", "adapter");

    public static VersionPart Reward(string version) => new(FileName.Checked(version, "version"), "~reward", "reward model");

    public static VersionPart Manifest(string version) => new(FileName.Checked(version, "version"), "~manifest", "training's manifest", ".json");

    public override string ToString() => $"{What} of {Version}";
}
