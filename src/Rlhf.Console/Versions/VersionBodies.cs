namespace Rlhf.WebConsole.Versions;

/// <summary>Every version, oldest first.</summary>
public sealed record VersionList(IReadOnlyList<VersionItem> Versions);

/// <summary>A version and its life so far.</summary>
public sealed record VersionItem(
    string Id, string State, string? Reason, string? Parent, double Share, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, double> Metrics, long ThumbsUp, long ThumbsDown,
    VersionLineage Lineage, bool FeedbackWithheld, LearnedFromErased? LearnedFromErased)
{
    /// <summary>The state in words.</summary>
    public string StateName => State.Replace('_', ' ');
}

/// <summary>What a version was made from.</summary>
public sealed record VersionLineage(string? JobId, long Cursor, long Seed, string ModelFingerprint, string Config);

/// <summary>What was erased after the version may have learned from it.</summary>
public sealed record LearnedFromErased(long Events, long Turns, DateTimeOffset At);
