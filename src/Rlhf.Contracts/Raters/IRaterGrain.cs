using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One rater, keyed by rater id: limits, history, reliability, quarantine.</summary>
[Alias("rlhf.IRaterGrain")]
public interface IRaterGrain : IGrainWithStringKey
{
    /// <summary>Takes one thumb from the rater's allowance of this minute.</summary>
    /// <exception cref="RefusedException">The allowance is used up; says when there is more.</exception>
    [Alias("Admit")]
    Task AdmitAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds a recorded thumb to the history. Not waited for: the ledger is the truth, this is its summary.</summary>
    [OneWay]
    [Alias("Recorded")]
    Task RecordedAsync(RatedEvent rated);

    /// <summary>Adds what another rater said of a reply that this rater has rated, too.</summary>
    [OneWay]
    [Alias("Compared")]
    Task ComparedAsync(bool agreed);

    /// <summary>Leaves this rater's thumbs out of training from now on, earlier ones included, or lets them count
    /// again when <paramref name="reason"/> is null. They are recorded either way.</summary>
    [Alias("Quarantine")]
    Task QuarantineAsync(string? reason, CancellationToken cancellationToken = default);

    /// <summary>What is known of the rater.</summary>
    [ReadOnly]
    [Alias("Get")]
    Task<RaterStanding> GetAsync(CancellationToken cancellationToken = default);
}
