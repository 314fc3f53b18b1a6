namespace Rlhf.WebConsole.Versions;

/// <summary>A version with what was said of it, the test that it is in, and its history.</summary>
public sealed record VersionDetail(string Id, IReadOnlyList<string> Ancestors, VersionEvidence Evidence, CanaryTest? Test, IReadOnlyList<VersionStep> History);

/// <summary>What was said of a version's replies; a conversation is one observation, from 0, all down, to 1, all up.</summary>
public sealed record VersionEvidence(long Statements, long Conversations, long ReportedConversations, double? MeanScore, Bounds? Interval);

/// <summary>A 95 % interval.</summary>
public sealed record Bounds(double Lower, double Upper);

/// <summary>A canary against the live version, as the test stands.</summary>
public sealed record CanaryTest(
    string Canary, string Live, DateTimeOffset StartedAt, DateTimeOffset Deadline, int MostConversations, VersionEvidence CanaryEvidence, VersionEvidence LiveEvidence, double? Difference, Bounds DifferenceInterval);

/// <summary>A step of a version's life.</summary>
public sealed record VersionStep(DateTimeOffset At, string? From, string To, string Cause, string By);
