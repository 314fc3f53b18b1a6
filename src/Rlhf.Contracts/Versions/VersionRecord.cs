using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A version and its life so far.</summary>
/// <param name="Id">The version's id, such as <c>v3</c>; <c>base</c> is the bare trunk.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Reason">Why it is there, in words.</param>
/// <param name="Parent">The version that was live when its training began; null for the base.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Lineage">What it was made from.</param>
/// <param name="Metrics">What its training and its gate measured.</param>
/// <param name="ThumbsUp">Thumbs up that its replies have now, those among them whose events were erased since.</param>
/// <param name="ThumbsDown">Thumbs down that its replies have now, those among them whose events were erased since.</param>
/// <param name="LearnedFromErased">What of that it may have learned from was erased since; null where nothing was.</param>
/// <param name="History">Every step of its life, oldest first; null where a process says that keeps none.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionRecord")]
public sealed record VersionRecord(
    string Id,
    VersionState State,
    string? Reason,
    string? Parent,
    DateTimeOffset CreatedAt,
    VersionLineage Lineage,
    ImmutableDictionary<string, double> Metrics,
    long ThumbsUp,
    long ThumbsDown,
    LearnedFromErased? LearnedFromErased = null,
    ImmutableArray<VersionStep>? History = null);

/// <summary>What a version is to others.</summary>
/// <param name="JobId">The training job that made it; null for the base.</param>
/// <param name="Cursor">The last ledger sequence that it learned from.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CollectedAt">The ledger's last sequence when what it learns from was collected.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionOrigin")]
public sealed record VersionOrigin(string? JobId, long Cursor, DateTimeOffset CreatedAt, long CollectedAt);

/// <summary>What was erased after a version may have learned from it. The next training does without.</summary>
/// <param name="Events">Feedback up to the version's cursor.</param>
/// <param name="Turns">Turns from before it was made, whose prompts it may have practised on.</param>
/// <param name="At">When the last of it was erased.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LearnedFromErased")]
public sealed record LearnedFromErased(long Events, long Turns, DateTimeOffset At);
