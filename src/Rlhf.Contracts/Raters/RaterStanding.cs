using Orleans;

namespace Rlhf.Contracts;

/// <summary>What is known of a rater.</summary>
/// <param name="Up">0: counts are in <see cref="RaterReport"/>.</param>
/// <param name="Down">0.</param>
/// <param name="Retracted">0.</param>
/// <param name="Quarantine">Why this rater's thumbs are left out, or null when they count.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RaterStanding")]
public sealed record RaterStanding(
    long Up,
    long Down,
    long Retracted,
    string? Quarantine);
