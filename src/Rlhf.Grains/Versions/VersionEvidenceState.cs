using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <summary>What the evidence keeps.</summary>
public sealed class VersionEvidenceState : IExpendableState
{
    /// <summary>The evidence up to its cursor; null before the first.</summary>
    public VersionEvidence? Evidence { get; set; }
}
