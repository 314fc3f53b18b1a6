using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One replica of the model, keyed by replica id: which versions are loaded, and their generations.</summary>
[Alias("rlhf.IServingGrain")]
public interface IServingGrain : IGrainWithStringKey
{
    /// <summary>Draws a reply with one version from its first token to its last, whatever is published meanwhile.
    /// Giving up on the enumeration frees its place in the batch.</summary>
    /// <exception cref="RefusedException">The version is unknown or has no reward model to choose with, the newest message does not fit, or
    /// the queue is full.</exception>
    [Alias("Generate")]
    IAsyncEnumerable<DecodedPiece> GenerateAsync(DecodeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Loads what the catalogue serves and lets go of the rest; replies in progress finish first. An older
    /// catalogue than the last one changes nothing.</summary>
    [Alias("Serve")]
    Task ServeAsync(ModelCatalog catalog, CancellationToken cancellationToken = default);

    /// <summary>What the replica does right now.</summary>
    [Alias("Get")]
    Task<ReplicaStatus> GetAsync(CancellationToken cancellationToken = default);
}
