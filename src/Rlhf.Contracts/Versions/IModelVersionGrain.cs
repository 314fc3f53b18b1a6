using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One version of a model, keyed <c>model:version</c>: its life cycle with all its steps, lineage and metrics.</summary>
[Alias("rlhf.IModelVersionGrain")]
public interface IModelVersionGrain : IGrainWithStringKey
{
    /// <summary>Makes the version, which is in training then. Repeating it for the same job changes nothing.</summary>
    /// <exception cref="RefusedException">The version exists and was made by another job.</exception>
    [Alias("Create")]
    Task CreateAsync(string? parent, VersionLineage lineage, CancellationToken cancellationToken = default);

    /// <summary>Tells that what the version learns from was collected: nothing is in it that was erased up to then.</summary>
    /// <param name="asOf">The ledger's last sequence before the collecting began.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    [Alias("Collected")]
    Task CollectedAsync(long asOf, CancellationToken cancellationToken = default);

    /// <summary>Keeps what training and the gate measured: the training has ended.</summary>
    [Alias("Measured")]
    Task MeasuredAsync(ImmutableDictionary<string, double> metrics, CancellationToken cancellationToken = default);

    /// <summary>Moves the version on in its life. Moving it to where it is changes nothing.</summary>
    /// <param name="state">Where to.</param>
    /// <param name="reason">Why, in words.</param>
    /// <param name="by">Who or what decided; null where a process says that does not know.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RefusedException">The version is unknown, or cannot go from its state to that one.</exception>
    [Alias("Move")]
    Task MoveAsync(VersionState state, string reason, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>Where the version is in its life; null when it does not exist.</summary>
    [ReadOnly]
    [Alias("GetState")]
    Task<VersionState?> GetStateAsync(CancellationToken cancellationToken = default);

    /// <summary>When the version was made; null when it does not exist.</summary>
    [ReadOnly]
    [Alias("GetCreatedAt")]
    Task<DateTimeOffset?> GetCreatedAtAsync(CancellationToken cancellationToken = default);

    /// <summary>What the version is to whoever counts; null when it does not exist. Answered at any time: the evidence asks, which the version asks.</summary>
    [AlwaysInterleave]
    [Alias("GetOrigin")]
    Task<VersionOrigin?> GetOriginAsync(CancellationToken cancellationToken = default);

    /// <summary>The version that was live when its training began; null for the base, and where there is no such version.</summary>
    [ReadOnly]
    [Alias("GetParent")]
    Task<string?> GetParentAsync(CancellationToken cancellationToken = default);

    /// <summary>The version and its life so far; null when it does not exist.</summary>
    [Alias("Get")]
    Task<VersionRecord?> GetAsync(CancellationToken cancellationToken = default);
}
