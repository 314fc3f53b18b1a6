namespace Rlhf.WebConsole.Learn;

/// <summary>What the learner does.</summary>
public sealed record LearnerState(
    string State, string? JobId, string? Version, string? Trigger, string? Stage, int Step, int Steps, double Progress, IReadOnlyDictionary<string, double> Metrics,
    long FeedbackTotal, long FeedbackNew, LastJob? LastJob, DateTimeOffset? NextRunAt, LearnerPause? Paused, string? Held);

/// <summary>Who paused the learner, when and why.</summary>
public sealed record LearnerPause(string? Reason, string By, DateTimeOffset At);

/// <summary>How the last job ended.</summary>
public sealed record LastJob(string JobId, string Version, string Outcome, string Reason, double Seconds, IReadOnlyDictionary<string, double> Metrics);
