using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>The learner of one model, keyed by the model's name: the training job, its stage, its schedule. It never
/// trains itself; the silo's training service does, on a thread of its own, and reports here.</summary>
[Alias("rlhf.ILearnerGrain")]
public interface ILearnerGrain : IGrainWithStringKey
{
    /// <summary>Registers the reminder and takes up a job that nobody runs any more. Called by each silo that learns, at
    /// its start and every now and then.</summary>
    [Alias("Wake")]
    Task WakeAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts a job.</summary>
    /// <exception cref="RefusedException">One runs already, or there is nothing to learn from.</exception>
    [Alias("Train")]
    Task<TrainingJob> TrainAsync(TrainingTrigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Tells that the ledger has <paramref name="thumbs"/> thumbs more than before, or less where some were taken back; starts a job when there are
    /// enough. One that takes another's place adds nothing.</summary>
    [OneWay]
    [Alias("FeedbackArrived")]
    Task FeedbackArrivedAsync(int thumbs);

    /// <summary>Tells that something was erased: a job that has it begins again without, and its texts are gone from the job's folder when this returns. Should it
    /// fail, the next wake does it.</summary>
    [Alias("Forget")]
    Task ForgetAsync();

    /// <summary>Takes a progress report of the running job; one of any other job is ignored.</summary>
    /// <returns>Whether the job still is the reporter's to run, by its claim.</returns>
    [Alias("Report")]
    Task<bool> ReportAsync(string jobId, long claim, string stage, int step, int steps, ImmutableDictionary<string, double> metrics);

    /// <summary>Ends the running job: publishes the version, or rejects it. Repeating it changes nothing, so that a
    /// version is published exactly once.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="claim">The claim under which it was run.</param>
    /// <param name="accepted">Whether the version passed the gate; null when the run failed.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="metrics">The run's last figures.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Whether the job still was the caller's to end, by its claim; if not, another learner took it up since.</returns>
    [Alias("Complete")]
    Task<bool> CompleteAsync(string jobId, long claim, bool? accepted, string reason, ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken = default);

    /// <summary>Trains nothing from now on until <see cref="ResumeAsync"/>, over restarts too. A job stops at its last checkpoint. Repeating it takes the new reason.</summary>
    [Alias("Pause")]
    Task<LearnerStatus> PauseAsync(string? reason, string by, CancellationToken cancellationToken = default);

    /// <summary>Ends a pause; a job goes on from its last checkpoint. Repeating it changes nothing.</summary>
    [Alias("Resume")]
    Task<LearnerStatus> ResumeAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends the running job without a version.</summary>
    /// <exception cref="RefusedException">None runs.</exception>
    [Alias("Cancel")]
    Task<LearnerStatus> CancelAsync(string? reason, string by, CancellationToken cancellationToken = default);

    /// <summary>How jobs ended, oldest first, as far as that is kept: those after a number, or the last one alone where none is given.</summary>
    [AlwaysInterleave]
    [Alias("GetOutcomes")]
    Task<ImmutableArray<LearnerOutcome>> GetOutcomesAsync(long? after, CancellationToken cancellationToken = default);

    /// <summary>Waits until a job has ended, at most <paramref name="patience"/>; returns the status either way.</summary>
    [AlwaysInterleave]
    [Alias("Wait")]
    Task<LearnerStatus> WaitAsync(string jobId, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>What the learner does right now.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<LearnerStatus> GetAsync(CancellationToken cancellationToken = default);
}
