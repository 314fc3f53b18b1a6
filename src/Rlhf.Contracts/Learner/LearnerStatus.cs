using Orleans;

namespace Rlhf.Contracts;

/// <summary>What the learner does right now.</summary>
/// <param name="Job">The job that runs, or null.</param>
/// <param name="LastJob">The job that ended last, or null.</param>
/// <param name="FeedbackTotal">Events in the ledger.</param>
/// <param name="FeedbackNew">Events after the cursor.</param>
/// <param name="Cursor">The last ledger sequence that a finished job learned from.</param>
/// <param name="NextRunAt">When the reminder comes next, or null when there is none.</param>
/// <param name="Pause">An operator's pause; null where there is none.</param>
/// <param name="Held">Why nothing is trained now, in words; null where it may be.</param>
/// <param name="Hours">When jobs may run; null for at any time.</param>
/// <param name="JobBudget">The most seconds that a job may run; 0 for any number.</param>
/// <param name="ActiveSeconds">How long the job has run, the time aside in which it was held.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LearnerStatus")]
public sealed record LearnerStatus(
    TrainingJob? Job,
    TrainingOutcome? LastJob,
    long FeedbackTotal,
    long FeedbackNew,
    long Cursor,
    DateTimeOffset? NextRunAt,
    LearnerPause? Pause = null,
    string? Held = null,
    string? Hours = null,
    double JobBudget = 0,
    double ActiveSeconds = 0);
