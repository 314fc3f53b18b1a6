using Orleans;

namespace Rlhf.Contracts;

/// <summary>A version that may answer.</summary>
/// <param name="Version">The version's id.</param>
/// <param name="State">Canary, live or retired.</param>
/// <param name="Share">The part of the conversations that it answers, from 0 to 1.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ServedVersion")]
public sealed record ServedVersion(string Version, VersionState State, double Share);
