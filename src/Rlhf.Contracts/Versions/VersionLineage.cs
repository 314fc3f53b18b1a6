using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a version was made from.</summary>
/// <param name="JobId">The training job, or null for the base model.</param>
/// <param name="Cursor">The last ledger sequence that it learned from.</param>
/// <param name="Seed">The seed of the run.</param>
/// <param name="Model">The fingerprint of the trunk that its adapter belongs to.</param>
/// <param name="Config">The learner's options as JSON.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionLineage")]
public sealed record VersionLineage(string? JobId, long Cursor, long Seed, string Model, string Config);
