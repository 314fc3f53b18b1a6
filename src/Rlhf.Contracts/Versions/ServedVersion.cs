using Orleans;

namespace Rlhf.Contracts;

/// <summary>A version that may answer.</summary>
/// <param name="Version">The version's id.</param>
/// <param name="State">Canary, live or retired.</param>
/// <param name="Share">The part of the conversations that it answers, from 0 to 1.</param>
/// <param name="CreatedAt">When the version was made; null where the catalogue was written by a process that did not say.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ServedVersion")]
public sealed record ServedVersion(string Version, VersionState State, double Share, DateTimeOffset? CreatedAt = null);
