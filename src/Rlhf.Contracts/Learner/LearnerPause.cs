using Orleans;

namespace Rlhf.Contracts;

/// <summary>Why the learner trains nothing until somebody resumes it.</summary>
/// <param name="Reason">Why, in words; null where nothing was said.</param>
/// <param name="By">Who paused it.</param>
/// <param name="At">When.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LearnerPause")]
public sealed record LearnerPause(string? Reason, string By, DateTimeOffset At);

/// <summary>How a training job ended, as it is kept for those who are told.</summary>
/// <param name="Number">Counts the jobs that ended, from 1.</param>
/// <param name="JobId">The job.</param>
/// <param name="Version">The version that it made.</param>
/// <param name="Outcome"><c>published</c>, <c>rejected</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Seconds">From its start to its end.</param>
/// <param name="At">When it ended.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LearnerOutcome")]
public sealed record LearnerOutcome(long Number, string JobId, string Version, string Outcome, string Reason, double Seconds, DateTimeOffset At);
