using Rlhf.Contracts;

namespace Rlhf.Learner;

/// <summary>What the learner keeps.</summary>
public sealed class LearnerState
{
    /// <summary>The job that runs, or was running when the process ended.</summary>
    public TrainingJob? Job { get; set; }

    /// <summary>The job that ended last.</summary>
    public TrainingOutcome? LastJob { get; set; }

    /// <summary>The last ledger sequence that a finished job learned from.</summary>
    public long Cursor { get; set; }

    /// <summary>The last ledger sequence that any job tried to learn from: a job that failed is not started again by
    /// the same thumbs.</summary>
    public long Tried { get; set; }

    /// <summary>The ledger sequence up to which <see cref="Arrived"/> counts.</summary>
    public long CountedTo { get; set; }

    /// <summary>How many more statements that train there are than when a job was tried last.</summary>
    public long Arrived { get; set; }

    /// <summary>How many jobs were started.</summary>
    public int Jobs { get; set; }

    /// <summary>When the reminder was set or came last.</summary>
    public DateTimeOffset? RemindedAt { get; set; }

    /// <summary>The reminder's period.</summary>
    public TimeSpan RemindEvery { get; set; }
}
