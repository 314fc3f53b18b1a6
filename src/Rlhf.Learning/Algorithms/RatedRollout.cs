namespace Rlhf.Learning.Algorithms;

/// <summary>A served reply that somebody has rated, in tokens.</summary>
/// <param name="Rollout">The reply; its log-probs are those it was sampled with, and empty where they are not known.</param>
/// <param name="Up">True for a thumb up.</param>
/// <param name="Weight">How far the rater is to be trusted: 1 is an ordinary rater.</param>
public sealed record RatedRollout(Rollout Rollout, bool Up, double Weight);
