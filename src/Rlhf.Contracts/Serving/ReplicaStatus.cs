using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a replica does right now.</summary>
/// <param name="Loaded">The versions whose adapters are in memory.</param>
/// <param name="Revision">The catalogue revision it answers by.</param>
/// <param name="Running">Replies being drawn or waiting.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ReplicaStatus")]
public sealed record ReplicaStatus(ImmutableArray<string> Loaded, long Revision, int Running);
