using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>The learner of one model, keyed by the model's name: the training job, its stage, its schedule. It never
/// trains itself; the silo's training service does, on a thread of its own, and reports here.</summary>
[Alias("rlhf.ILearnerGrain")]
public interface ILearnerGrain : IGrainWithStringKey
{
    /// <summary>Registers the reminder and takes up a job that a crash interrupted. Called by each silo at its start.</summary>
    [Alias("Wake")]
    Task WakeAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts a job.</summary>
    /// <exception cref="RefusedException">One runs already, or there is nothing to learn from.</exception>
    [Alias("Train")]
    Task<TrainingJob> TrainAsync(TrainingTrigger trigger, CancellationToken cancellationToken = default);

    /// <summary>Tells that the ledger has <paramref name="events"/> new events; starts a job when there are enough.</summary>
    [OneWay]
    [Alias("FeedbackArrived")]
    Task FeedbackArrivedAsync(int events);

    /// <summary>Takes a progress report of the running job; one of any other job is ignored.</summary>
    [Alias("Report")]
    Task ReportAsync(string jobId, string stage, int step, int steps, ImmutableDictionary<string, double> metrics);

    /// <summary>Ends the running job: publishes the version, or rejects it. Repeating it changes nothing, so that a
    /// version is published exactly once.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="accepted">Whether the version passed the gate; null when the run failed.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="metrics">The run's last figures.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Complete")]
    Task CompleteAsync(string jobId, bool? accepted, string reason, ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken = default);

    /// <summary>Waits until a job has ended, at most <paramref name="patience"/>; returns the status either way.</summary>
    [AlwaysInterleave]
    [Alias("Wait")]
    Task<LearnerStatus> WaitAsync(string jobId, TimeSpan patience, CancellationToken cancellationToken = default);

    /// <summary>What the learner does right now.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<LearnerStatus> GetAsync(CancellationToken cancellationToken = default);
}
