using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One rater, keyed by <see cref="RaterId"/>: limits, history, quarantine. How far a rater is to be trusted the learner reads from the ledger.</summary>
[Alias("rlhf.IRaterGrain")]
public interface IRaterGrain : IGrainWithStringKey
{
    /// <summary>Takes one thumb from the rater's allowance of this minute.</summary>
    /// <exception cref="RefusedException">The allowance is used up; says when there is more.</exception>
    [Alias("Admit")]
    Task AdmitAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds a recorded thumb to the history; null was taken back. Not waited for: the ledger is the truth, this is its summary.</summary>
    [OneWay]
    [Alias("Recorded")]
    Task RecordedAsync(bool? up);

    /// <summary>Leaves this rater's thumbs out of training from now on, earlier ones included, or lets them count
    /// again when <paramref name="reason"/> is null. They are recorded either way.</summary>
    [Alias("Quarantine")]
    Task QuarantineAsync(string? reason, CancellationToken cancellationToken = default);

    /// <summary>Forgets everything that is kept of the rater.</summary>
    [Alias("Forget")]
    Task ForgetAsync(CancellationToken cancellationToken = default);

    /// <summary>What is known of the rater.</summary>
    [ReadOnly]
    [Alias("Get")]
    Task<RaterStanding> GetAsync(CancellationToken cancellationToken = default);
}
