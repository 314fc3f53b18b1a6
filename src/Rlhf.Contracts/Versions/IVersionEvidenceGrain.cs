using Orleans;

namespace Rlhf.Contracts;

/// <summary>What people said of the versions of one model, keyed by the model's name: the one projection of the ledger by versions. It reads the ledger from
/// its cursor on when somebody asks; no feedback waits for it.</summary>
[Alias("rlhf.IVersionEvidenceGrain")]
public interface IVersionEvidenceGrain : IGrainWithStringKey
{
    /// <summary>The evidence up to the ledger's end.</summary>
    [Alias("Get")]
    Task<VersionEvidence> GetAsync(CancellationToken cancellationToken = default);

    /// <summary>Computes the evidence anew from the ledger's start, and goes by that from then on.</summary>
    [Alias("Rebuild")]
    Task<VersionEvidence> RebuildAsync(CancellationToken cancellationToken = default);
}
