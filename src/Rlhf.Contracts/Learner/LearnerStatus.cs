using Orleans;

namespace Rlhf.Contracts;

/// <summary>What the learner does right now.</summary>
/// <param name="Job">The job that runs, or null.</param>
/// <param name="LastJob">The job that ended last, or null.</param>
/// <param name="FeedbackTotal">Events in the ledger.</param>
/// <param name="FeedbackNew">Events after the cursor.</param>
/// <param name="Cursor">The last ledger sequence that a finished job learned from.</param>
/// <param name="NextRunAt">When the reminder comes next, or null when there is none.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LearnerStatus")]
public sealed record LearnerStatus(
    TrainingJob? Job,
    TrainingOutcome? LastJob,
    long FeedbackTotal,
    long FeedbackNew,
    long Cursor,
    DateTimeOffset? NextRunAt);
