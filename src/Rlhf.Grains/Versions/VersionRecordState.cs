using System.Text.Json.Serialization;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <summary>What a version keeps.</summary>
public sealed class VersionRecordState : IDamageableState
{
    /// <summary>Where it is in its life.</summary>
    public VersionState State { get; set; }

    /// <summary>Why it is there.</summary>
    public string? Reason { get; set; }

    /// <summary>Every step of its life, oldest first.</summary>
    public List<VersionStep> History { get; set; } = [];

    /// <summary>The version that was live when its training began.</summary>
    public string? Parent { get; set; }

    /// <summary>When it was made; null before.</summary>
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>What it was made from.</summary>
    public VersionLineage? Lineage { get; set; }

    /// <summary>What training and the gate measured.</summary>
    public Dictionary<string, double> Metrics { get; set; } = [];

    /// <summary>The ledger's last sequence when what it learns from was collected.</summary>
    public long CollectedAt { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public string? Damage { get; set; }
}
