using Orleans;

namespace Rlhf.Contracts;

/// <summary>What is known of a rater.</summary>
/// <param name="Up">Thumbs up pressed so far, overwritten ones included.</param>
/// <param name="Down">Thumbs down pressed so far, overwritten ones included.</param>
/// <param name="Retracted">Thumbs taken back.</param>
/// <param name="Quarantine">Why this rater's thumbs are left out, or null when they count.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RaterStanding")]
public sealed record RaterStanding(
    long Up,
    long Down,
    long Retracted,
    string? Quarantine);
