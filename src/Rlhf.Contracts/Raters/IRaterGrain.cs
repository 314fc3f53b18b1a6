using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One rater, keyed by <see cref="RaterId"/>, at the door: limits and quarantine. What is known of the rater tells <see cref="IRatersGrain"/>.</summary>
[Alias("rlhf.IRaterGrain")]
public interface IRaterGrain : IGrainWithStringKey
{
    /// <summary>Takes one thumb from the rater's allowance of this minute.</summary>
    /// <exception cref="RefusedException">The allowance is used up; says when there is more. Or the rater is in quarantine; says why.</exception>
    [Alias("Admit")]
    Task AdmitAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes nothing more of this rater, or takes feedback again when <paramref name="reason"/> is null. Part of <see cref="IRatersGrain.QuarantineAsync"/>, which is to be called.</summary>
    [Alias("Quarantine")]
    Task QuarantineAsync(string? reason, CancellationToken cancellationToken = default);

    /// <summary>Forgets everything that is kept of the rater.</summary>
    [Alias("Forget")]
    Task ForgetAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether the rater is in quarantine, for processes of the version before, which count elsewhere, too.</summary>
    [ReadOnly]
    [Alias("Get")]
    Task<RaterStanding> GetAsync(CancellationToken cancellationToken = default);
}
