using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One silo that serves, keyed by its replica's id: the catalogue is pushed to it. Replies are drawn by the conversations on its silo.</summary>
[Alias("rlhf.IServingGrain")]
public interface IServingGrain : IGrainWithStringKey
{
    /// <summary>Loads what the catalogue serves and lets go of the rest; replies in progress finish first. An older
    /// catalogue than the last one changes nothing.</summary>
    /// <returns>The versions that can't be loaded, because what is stored of them is missing or damaged.</returns>
    [Alias("Serve")]
    Task<ImmutableArray<string>> ServeAsync(ModelCatalog catalog, CancellationToken cancellationToken = default);

    /// <summary>What the replica does right now.</summary>
    [Alias("Get")]
    Task<ReplicaStatus> GetAsync(CancellationToken cancellationToken = default);
}
