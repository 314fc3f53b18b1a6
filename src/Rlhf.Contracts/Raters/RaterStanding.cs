using Orleans;

namespace Rlhf.Contracts;

/// <summary>What is known of a rater.</summary>
/// <param name="Up">Thumbs up pressed so far, overwritten ones included.</param>
/// <param name="Down">Thumbs down pressed so far, overwritten ones included.</param>
/// <param name="Retracted">Thumbs taken back.</param>
/// <param name="Agreed">How often another rater of the same reply said the same.</param>
/// <param name="Disagreed">How often another rater of the same reply said the opposite.</param>
/// <param name="Weight">How far the learner trusts this rater: from 0.05 (no better than chance) to 1.</param>
/// <param name="Quarantine">Why this rater's thumbs are left out, or null when they count.</param>
[GenerateSerializer, Immutable, Alias("rlhf.RaterStanding")]
public sealed record RaterStanding(
    long Up,
    long Down,
    long Retracted,
    long Agreed,
    long Disagreed,
    double Weight,
    string? Quarantine);
