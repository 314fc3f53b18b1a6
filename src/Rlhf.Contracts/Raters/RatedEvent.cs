using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a rater's thumb adds to the rater's record.</summary>
/// <param name="Up">Up or down; null for a retraction.</param>
/// <param name="Agreed">How many others of the same reply say the same.</param>
/// <param name="Disagreed">How many others of the same reply say the opposite.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RatedEvent")]
public sealed record RatedEvent(bool? Up, int Agreed, int Disagreed);
