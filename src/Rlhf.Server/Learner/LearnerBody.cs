using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Learning.Pipeline;

namespace Rlhf.Server.Learner;

/// <summary>A job that was started.</summary>
internal sealed record TrainBody(string JobId, string Version, string Stage);

/// <summary>What the learner does right now: <c>idle</c>, <c>running</c>, <c>waiting</c> for its hours with a job that is not through, or <c>paused</c>; <c>held</c> says why nothing is trained.</summary>
internal sealed record LearnerBody(
    string State,
    string? JobId,
    string? Version,
    string? Trigger,
    string? Stage,
    int Step,
    int Steps,
    double Progress,
    ImmutableDictionary<string, double> Metrics,
    long FeedbackTotal,
    long FeedbackNew,
    long Cursor,
    LastJobBody? LastJob,
    DateTimeOffset? NextRunAt,
    PauseBody? Paused,
    string? Held,
    string? Hours,
    double JobBudget,
    double ActiveSeconds)
{
    /// <summary>The part of a whole run that lies before a stage, and the stage's own: measured on the demo model.</summary>
    private static (double Before, double Own) PartOf(string stage) => stage switch
    {
        TrainingStage.Reward => (0, 0.35),
        TrainingStage.Evaluate => (0.85, 0.15),
        _ when TrainingStage.IsPolicy(stage) => (0.35, 0.5),
        _ => (0, 0),
    };

    public static LearnerBody Of(LearnerStatus status) => new(
        StateOf(status),
        status.Job?.Id,
        status.Job?.Version,
        status.Job?.Trigger.ToString().ToLowerInvariant(),
        status.Job?.Stage,
        status.Job?.Step ?? 0,
        status.Job?.Steps ?? 0,
        ProgressOf(status.Job),
        status.Job?.Metrics ?? ImmutableDictionary<string, double>.Empty,
        status.FeedbackTotal,
        status.FeedbackNew,
        status.Cursor,
        status.LastJob is { } last ? new LastJobBody(last.JobId, last.Version, last.Outcome, last.Reason, last.Seconds, last.Metrics) : null,
        status.NextRunAt,
        status.Pause is { } pause ? new PauseBody(pause.Reason, pause.By, pause.At) : null,
        status.Held,
        status.Hours,
        status.JobBudget,
        status.ActiveSeconds);

    private static string StateOf(LearnerStatus status) =>
        status.Pause is not null ? "paused" : status.Job is null ? "idle" : status.Held is null ? "running" : "waiting";

    private static double ProgressOf(TrainingJob? job)
    {
        var (before, own) = PartOf(job?.Stage ?? "");
        return job is null ? 0 : before + own * Math.Clamp((double)job.Step / Math.Max(1, job.Steps), 0, 1);
    }
}

/// <summary>Who paused the learner, and why.</summary>
internal sealed record PauseBody(string? Reason, string By, DateTimeOffset At);

/// <summary>How the last job ended.</summary>
internal sealed record LastJobBody(
    string JobId, string Version, string Outcome, string Reason, double Seconds, ImmutableDictionary<string, double> Metrics);
