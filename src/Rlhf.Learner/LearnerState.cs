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

    /// <summary>An operator's pause; null where there is none.</summary>
    public LearnerPause? Pause { get; set; }

    /// <summary>Since when the job runs without a break; null where it is held, or there is none.</summary>
    public DateTimeOffset? ActiveSince { get; set; }

    /// <summary>How long it ran before that, in seconds.</summary>
    public double ActiveSeconds { get; set; }

    /// <summary>How many jobs ended.</summary>
    public long Ended { get; set; }

    /// <summary>How the newest of them ended, oldest first.</summary>
    public List<LearnerOutcome> Outcomes { get; set; } = [];

    /// <summary>The reminder's period.</summary>
    public TimeSpan RemindEvery { get; set; }
}
