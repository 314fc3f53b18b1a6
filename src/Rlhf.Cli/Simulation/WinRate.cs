using Rlhf.Learning.Evaluation;

namespace Rlhf.Cli.Simulation;

/// <summary>How often one version beats another on the same prompts.</summary>
internal static class WinRate
{
    private const double Tie = 1e-9;
    private const int Resamples = 2000;

    /// <summary>The share of prompts that <paramref name="candidate"/> wins, ties half, with its 95 % bootstrap interval.</summary>
    public static Interval Of(IReadOnlyList<double> candidate, IReadOnlyList<double> opponent, ulong seed) =>
        Bootstrap.Mean([.. candidate.Zip(opponent, Outcome)], seed, Resamples);

    private static double Outcome(double candidate, double opponent) =>
        Math.Abs(candidate - opponent) < Tie ? 0.5 : candidate > opponent ? 1 : 0;
}
