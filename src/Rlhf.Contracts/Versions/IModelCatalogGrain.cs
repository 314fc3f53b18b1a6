using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>The versions of one model, keyed by the model's name: which answer, at what share.</summary>
/// <remarks>No request waits for this grain: silos keep the last <see cref="ModelCatalog"/> they heard of.</remarks>
[Alias("rlhf.IModelCatalogGrain")]
public interface IModelCatalogGrain : IGrainWithStringKey
{
    /// <summary>Which versions answer now.</summary>
    [AlwaysInterleave]
    [Alias("Get")]
    Task<ModelCatalog> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>Every version there ever was, oldest first, the base among them.</summary>
    [AlwaysInterleave]
    [Alias("List")]
    Task<ImmutableArray<VersionRecord>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes a candidate known, so that it is listed while it is trained. Repeating it changes nothing.</summary>
    [Alias("Announce")]
    Task AnnounceAsync(string version, string parent, VersionLineage lineage, CancellationToken cancellationToken = default);

    /// <summary>Serves a candidate that passed the gate: as a canary at the configured share, or live at once where canaries are off. While another canary
    /// is tested the candidate waits for that to be decided, in the place of one that waited before. One whose ancestor was rolled back, at any depth, is
    /// rejected with that reason. Returns when every silo that listens answers by it. Repeating it changes nothing.</summary>
    /// <param name="version">The candidate.</param>
    /// <param name="canaryOnly">Whether it may be no more than a canary, whatever the configuration says.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Publish")]
    Task<ModelCatalog> PublishAsync(string version, bool canaryOnly = false, CancellationToken cancellationToken = default);

    /// <summary>Publishes the candidate that waited for a canary to be decided, where that is. Repeating it changes nothing.</summary>
    [Alias("PublishWaiting")]
    Task<ModelCatalog> PublishWaitingAsync(CancellationToken cancellationToken = default);

    /// <summary>Marks a candidate that is not published. Repeating it changes nothing.</summary>
    [Alias("Reject")]
    Task RejectAsync(string version, string reason, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>Makes a version live for every conversation, one that was rolled back among them. What that one learned from stays withheld until
    /// <see cref="ReleaseAsync"/>.</summary>
    /// <param name="version">The version.</param>
    /// <param name="decision">Why, and who decided; null where a process says that does not know.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RefusedException">The version is unknown or was never through the gate.</exception>
    [Alias("Promote")]
    Task<ModelCatalog> PromoteAsync(string version, VersionDecision? decision = null, CancellationToken cancellationToken = default);

    /// <summary>Takes a canary or the live version back; what was live before it answers again. What it learned from beyond its parent is withheld
    /// from training until <see cref="ReleaseAsync"/>.</summary>
    /// <param name="version">The version.</param>
    /// <param name="decision">Why, and who decided; null where a process says that does not know.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RefusedException">The version is unknown, does not serve, or is the base.</exception>
    [Alias("RollBack")]
    Task<ModelCatalog> RollBackAsync(string version, VersionDecision? decision = null, CancellationToken cancellationToken = default);

    /// <summary>Ends a canary's test. Changes nothing where that test is over already.</summary>
    /// <param name="test">The test.</param>
    /// <param name="outcome">Where the canary goes: <see cref="VersionState.Live"/>, <see cref="VersionState.RolledBack"/> or <see cref="VersionState.Retired"/>.</param>
    /// <param name="decision">Why, and who decided.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("EndTest")]
    Task<ModelCatalog> EndTestAsync(CanaryTest test, VersionState outcome, VersionDecision decision, CancellationToken cancellationToken = default);

    /// <summary>Gives the contenders other shares. Changes nothing where they are no longer the contenders, or have these shares.</summary>
    /// <param name="shares">The share of each contender; together 1.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Allocate")]
    Task<ModelCatalog> AllocateAsync(ImmutableDictionary<string, double> shares, CancellationToken cancellationToken = default);

    /// <summary>The versions among which conversations may be shared out: the live one, the canary, and the one that was live before, oldest first.</summary>
    [AlwaysInterleave]
    [Alias("GetContenders")]
    Task<ImmutableArray<string>> GetContendersAsync(CancellationToken cancellationToken = default);

    /// <summary>The test of the canary; null where there is none.</summary>
    [AlwaysInterleave]
    [Alias("GetTest")]
    Task<CanaryTest?> GetTestAsync(CancellationToken cancellationToken = default);

    /// <summary>The ids of all versions there ever were, oldest first.</summary>
    [AlwaysInterleave]
    [Alias("GetKnown")]
    Task<ImmutableArray<string>> GetKnownAsync(CancellationToken cancellationToken = default);

    /// <summary>Lets the feedback count again that a version learned from which was rolled back. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException">The version is unknown, or was not rolled back.</exception>
    [Alias("Release")]
    Task ReleaseAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>The served versions that can answer nobody, each with the reason. Their adapters are looked at once a minute at most.</summary>
    [AlwaysInterleave]
    [Alias("GetDamaged")]
    Task<ImmutableDictionary<string, string>> GetDamagedAsync(CancellationToken cancellationToken = default);

    /// <summary>The feedback that nothing is trained on.</summary>
    [AlwaysInterleave]
    [Alias("GetWithheld")]
    Task<ImmutableArray<WithheldFeedback>> GetWithheldAsync(CancellationToken cancellationToken = default);

    /// <summary>Tells <paramref name="observer"/> of every change for a while; to be repeated every few seconds.</summary>
    [AlwaysInterleave]
    [Alias("Subscribe")]
    Task<ModelCatalog> SubscribeAsync(IModelCatalogObserver observer);
}
