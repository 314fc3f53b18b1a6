using Rlhf.Learning.Evaluation;

namespace Rlhf.Cli.Simulation;

/// <summary>How often one version beats another on the same prompts.</summary>
internal static class WinRate
{
    private const double Tie = 1e-9;
    private const int Resamples = 2000;

    /// <summary>The share of replies by which <paramref name="candidate"/> wins, ties half, with its 95 % bootstrap interval.</summary>
    /// <param name="prompts">The prompt of each reply: those to one prompt are one observation.</param>
    /// <param name="candidate">The gold reward of each of the candidate's replies.</param>
    /// <param name="opponent">The same of the opponent's.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    public static Interval Of(IReadOnlyList<string> prompts, IReadOnlyList<double> candidate, IReadOnlyList<double> opponent, ulong seed)
    {
        var numbers = prompts.Distinct().Select((prompt, number) => (prompt, number)).ToDictionary(pair => pair.prompt, pair => pair.number);
        return Bootstrap.MeanByCluster([.. candidate.Zip(opponent, Outcome)], [.. prompts.Select(prompt => numbers[prompt])], seed, Resamples);
    }

    private static double Outcome(double candidate, double opponent) =>
        Math.Abs(candidate - opponent) < Tie ? 0.5 : candidate > opponent ? 1 : 0;
}
