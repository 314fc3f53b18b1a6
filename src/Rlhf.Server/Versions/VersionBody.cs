using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Server.Versions;

/// <summary>Every version, oldest first.</summary>
internal sealed record VersionListBody(IReadOnlyList<VersionBody> Versions);

/// <summary>A version and its life so far.</summary>
internal record VersionBody(
    string Id,
    string State,
    string? Reason,
    string? Parent,
    double Share,
    DateTimeOffset CreatedAt,
    ImmutableDictionary<string, double> Metrics,
    long ThumbsUp,
    long ThumbsDown,
    LineageBody Lineage,
    bool FeedbackWithheld,
    LearnedFromErasedBody? LearnedFromErased,
    string? Damaged)
{
    /// <summary>What it may have learned from raters who were put into quarantine since; null where there is nothing.</summary>
    public LearnedFromQuarantinedBody? LearnedFromQuarantined { get; init; }

    /// <summary>A state as answers name it.</summary>
    public static string NameOf(VersionState state) => state == VersionState.RolledBack ? "rolled_back" : state.ToString().ToLowerInvariant();

    public static VersionBody Of(VersionRecord record, double share, bool feedbackWithheld, string? damaged, ImmutableSortedDictionary<string, Quarantine> quarantined) => new(
        record.Id,
        NameOf(record.State),
        record.Reason,
        record.Parent,
        share,
        record.CreatedAt,
        record.Metrics,
        record.ThumbsUp,
        record.ThumbsDown,
        new LineageBody(record.Lineage.JobId, record.Lineage.Cursor, record.Lineage.Seed, record.Lineage.Model, record.Lineage.Config),
        feedbackWithheld,
        record.LearnedFromErased is { } erased ? new LearnedFromErasedBody(erased.Events, erased.Turns, erased.At) : null,
        damaged)
    {
        LearnedFromQuarantined = LearnedFromQuarantinedBody.Of(record, quarantined),
    };
}

/// <summary>What was erased after the version may have learned from it.</summary>
internal sealed record LearnedFromErasedBody(long Events, long Turns, DateTimeOffset At);

/// <summary>What a version was made from.</summary>
internal sealed record LineageBody(string? JobId, long Cursor, long Seed, string ModelFingerprint, string Config);
