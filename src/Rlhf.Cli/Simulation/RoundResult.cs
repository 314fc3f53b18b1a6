using Rlhf.Learning.Evaluation;

namespace Rlhf.Cli.Simulation;

/// <summary>What one round came to.</summary>
/// <param name="Round">Its number, from 1.</param>
/// <param name="Version">The version that is live after it.</param>
/// <param name="Outcome">What became of the round's candidate: <c>published</c>, <c>rejected</c> or <c>failed</c>.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Gold">Mean gold reward of the live version on the held-out prompts.</param>
/// <param name="WinRate">Share of the held-out prompts on which the live version beats the base, ties half.</param>
/// <param name="Kl">The candidate's KL to the reference in nats a reply, as the server reports it.</param>
/// <param name="Feedback">Thumbs pressed in the round.</param>
/// <param name="Up">Those that were up.</param>
/// <param name="Seconds">The whole round.</param>
internal sealed record RoundResult(
    int Round,
    string Version,
    string Outcome,
    string? Reason,
    double Gold,
    Interval WinRate,
    double? Kl,
    int Feedback,
    int Up,
    double Seconds)
{
    public bool Published => Outcome == "published";
}

/// <summary>What the whole simulation came to.</summary>
internal sealed record SimulationResult(string Taste, double BaseGold, IReadOnlyList<RoundResult> Rounds, double Seconds);
