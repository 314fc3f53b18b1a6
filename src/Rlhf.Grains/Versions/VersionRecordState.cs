using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What a version keeps.</summary>
public sealed class VersionRecordState
{
    /// <summary>Where it is in its life.</summary>
    public VersionState State { get; set; }

    /// <summary>Why it is there.</summary>
    public string? Reason { get; set; }

    /// <summary>The version that was live when its training began.</summary>
    public string? Parent { get; set; }

    /// <summary>When it was made; null before.</summary>
    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>What it was made from.</summary>
    public VersionLineage? Lineage { get; set; }

    /// <summary>What training and the gate measured.</summary>
    public Dictionary<string, double> Metrics { get; set; } = [];

    /// <summary>The ledger sequence up to which its thumbs are counted.</summary>
    public long CountedTo { get; set; }

    /// <summary>The ledger's last sequence when what it learns from was collected.</summary>
    public long CollectedAt { get; set; }

    /// <summary>What of that it may have learned from was erased.</summary>
    public LearnedFromErased? LearnedFromErased { get; set; }

    /// <summary>The sequence of the last erasure that <see cref="LearnedFromErased"/> holds.</summary>
    public long LastErasure { get; set; }

    /// <summary>Thumbs up that its replies have.</summary>
    public long ThumbsUp { get; set; }

    /// <summary>Thumbs down that its replies have.</summary>
    public long ThumbsDown { get; set; }
}
