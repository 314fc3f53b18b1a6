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
/// <param name="ThumbsUp">Thumbs up that its replies have now.</param>
/// <param name="ThumbsDown">Thumbs down that its replies have now.</param>
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
    long ThumbsDown);
