using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>The versions of one model, keyed by the model's name: which are live, at what share.</summary>
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

    /// <summary>Serves a candidate that passed the gate: as a canary at the configured share, or live at once when that
    /// share is 1. Returns when every silo that listens answers by it. Repeating it changes nothing.</summary>
    [Alias("Publish")]
    Task<ModelCatalog> PublishAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>Marks a candidate that did not pass the gate. Repeating it changes nothing.</summary>
    [Alias("Reject")]
    Task RejectAsync(string version, string reason, CancellationToken cancellationToken = default);

    /// <summary>Makes a version live for every conversation.</summary>
    /// <exception cref="RefusedException">The version is unknown or was never through the gate.</exception>
    [Alias("Promote")]
    Task<ModelCatalog> PromoteAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>Takes a canary or the live version back; what was live before it answers again. What it learned from beyond its parent is withheld
    /// from training until <see cref="ReleaseAsync"/>.</summary>
    /// <exception cref="RefusedException">The version is unknown, does not serve, or is the base.</exception>
    [Alias("RollBack")]
    Task<ModelCatalog> RollBackAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>Lets the feedback count again that a version learned from which was rolled back. Repeating it changes nothing.</summary>
    /// <exception cref="RefusedException">The version is unknown, or was not rolled back.</exception>
    [Alias("Release")]
    Task ReleaseAsync(string version, CancellationToken cancellationToken = default);

    /// <summary>The feedback that nothing is trained on.</summary>
    [AlwaysInterleave]
    [Alias("GetWithheld")]
    Task<ImmutableArray<WithheldFeedback>> GetWithheldAsync(CancellationToken cancellationToken = default);

    /// <summary>Tells <paramref name="observer"/> of every change for a while; to be repeated every few seconds.</summary>
    [AlwaysInterleave]
    [Alias("Subscribe")]
    Task<ModelCatalog> SubscribeAsync(IModelCatalogObserver observer);
}
