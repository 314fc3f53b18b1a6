using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What the evidence keeps.</summary>
public sealed class VersionEvidenceState
{
    /// <summary>The evidence up to its cursor; null before the first.</summary>
    public VersionEvidence? Evidence { get; set; }
}
