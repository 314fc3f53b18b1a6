using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What the base version is made from.</summary>
/// <param name="Lineage">The trunk's fingerprint; nothing else, for no job made it.</param>
public sealed record BaseVersion(VersionLineage Lineage);
