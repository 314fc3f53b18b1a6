using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>All raters of a model, keyed by its name, as the newest feedback shows them: a projection of the ledger with a durable cursor, from which trust,
/// cohorts and what a training learns from are read. It reads on from where it was whenever it's asked.</summary>
[Alias("rlhf.IRatersGrain")]
public interface IRatersGrain : IGrainWithStringKey
{
    /// <summary>The feedback that a training may learn from. With <see cref="FeedbackSelection.Weigh"/> raters are quarantined first that the rule finds.</summary>
    [Alias("Select")]
    Task<SelectedFeedback> SelectAsync(FeedbackSelection selection, CancellationToken cancellationToken = default);

    /// <summary>Raters after an id, in the order of their ids.</summary>
    [Alias("List")]
    Task<RaterPage> ListAsync(int most, string? after, CancellationToken cancellationToken = default);

    /// <summary>One rater; null where the newest feedback has nothing of the rater, and there is no quarantine.</summary>
    [Alias("Get")]
    Task<RaterReport?> GetAsync(string rater, CancellationToken cancellationToken = default);

    /// <summary>Leaves a rater out: of trainings from now on, whatever was said before, and of what is taken.</summary>
    /// <exception cref="RefusedException">Nobody knows the rater.</exception>
    [Alias("Quarantine")]
    Task<RaterReport> QuarantineAsync(string rater, string reason, string by, CancellationToken cancellationToken = default);

    /// <summary>Lets a rater's feedback count again. Of one who is not in quarantine nothing is changed.</summary>
    /// <exception cref="RefusedException">Nobody knows the rater.</exception>
    [Alias("Release")]
    Task<RaterReport> ReleaseAsync(string rater, CancellationToken cancellationToken = default);

    /// <summary>Everybody who is in quarantine, by <see cref="RaterId"/>.</summary>
    [Alias("GetQuarantined")]
    Task<ImmutableSortedDictionary<string, Quarantine>> GetQuarantinedAsync(CancellationToken cancellationToken = default);

    /// <summary>Forgets a rater: the quarantine goes with everything else. Feedback is erased in the ledger.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string rater, CancellationToken cancellationToken = default);

    /// <summary>Keeps a gold question; its turn is stored already. The same again changes nothing.</summary>
    /// <exception cref="RefusedException">There are as many as can be kept.</exception>
    [Alias("AddGold")]
    Task AddGoldAsync(GoldQuestion question, CancellationToken cancellationToken = default);

    /// <summary>Forgets a gold question.</summary>
    /// <returns>Whether there was one.</returns>
    [Alias("RemoveGold")]
    Task<bool> RemoveGoldAsync(string completionId, CancellationToken cancellationToken = default);

    /// <summary>The gold questions.</summary>
    [Alias("GetGold")]
    Task<ImmutableArray<GoldQuestion>> GetGoldAsync(CancellationToken cancellationToken = default);

    /// <summary>A gold question that the rater has not answered, in an order of the rater's own; null where there is none.</summary>
    [Alias("NextGold")]
    Task<GoldQuestion?> NextGoldAsync(string rater, CancellationToken cancellationToken = default);

    /// <summary>What each cohort says of each version.</summary>
    [Alias("GetCohorts")]
    Task<ImmutableArray<Cohort>> GetCohortsAsync(CancellationToken cancellationToken = default);

    /// <summary>Which of some replies are rated, as far as the newest feedback tells.</summary>
    [Alias("RatedAmong")]
    Task<ImmutableHashSet<string>> RatedAmongAsync(ImmutableArray<string> completionIds, CancellationToken cancellationToken = default);

    /// <summary>Makes the projection anew from the ledger, and mends what is stored of it where that differs.</summary>
    [Alias("Rebuild")]
    Task<RebuiltProjection> RebuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>What making a projection anew from the ledger showed.</summary>
/// <param name="Cursor">The ledger's last sequence that is in it.</param>
/// <param name="Entries">Entries that it holds.</param>
/// <param name="Mended">Stored parts that were missing or different, and were written anew.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RebuiltProjection")]
public sealed record RebuiltProjection(long Cursor, int Entries, int Mended);
