using Orleans;

namespace Rlhf.Contracts;

/// <summary>The comparison of a canary with the live version.</summary>
/// <param name="Canary">The canary.</param>
/// <param name="Live">The live version.</param>
/// <param name="After">The ledger's last sequence when it began: later feedback counts.</param>
/// <param name="StartedAt">When it began.</param>
[GenerateSerializer, Immutable, Alias("rlhf.CanaryTest")]
public sealed record CanaryTest(string Canary, string Live, long After, DateTimeOffset StartedAt);
