using System.Globalization;
using Rlhf.Learning.Evaluation;

namespace Rlhf.Learning.Runs;

/// <summary>What the gate looks at: the candidate and the live version on the same held-out prompts.</summary>
/// <param name="CandidateScores">The judge's reward of each of the candidate's replies.</param>
/// <param name="LiveScores">The same of the live version's, prompt by prompt.</param>
/// <param name="Candidate">The candidate's replies.</param>
/// <param name="Live">The live version's replies.</param>
/// <param name="Kl">The candidate's KL to the reference, in nats a reply.</param>
public sealed record GateEvidence(
    IReadOnlyList<double> CandidateScores,
    IReadOnlyList<double> LiveScores,
    ReplyStatistics Candidate,
    ReplyStatistics Live,
    double Kl)
{
    /// <summary>Perplexity of people's dialogues, the assistant's words in them; null where the operator gave none.</summary>
    public (double Candidate, double Live)? Perplexity { get; init; }

    /// <summary>Prompts that the operator gave.</summary>
    public int RegressionPrompts { get; init; }

    /// <summary>Names of those of them at which the candidate is worse than the live version.</summary>
    public IReadOnlyList<string> Regressions { get; init; } = [];
}

/// <summary>The verdict on a candidate.</summary>
/// <param name="Accepted">True when every bound holds.</param>
/// <param name="Reason">Every bound that broke, with value and bound; or the gain when none did.</param>
/// <param name="Metrics">Each figure the verdict rests on, under <c>gate/</c>.</param>
public sealed record GateVerdict(bool Accepted, string Reason, IReadOnlyDictionary<string, double> Metrics);

/// <summary>Decides whether a candidate may replace the live version.</summary>
public static class Gate
{
    private const int NamesTold = 5;

    /// <summary>Whether the scores so far say surely which of the two wins more often; figures that are no numbers say nothing.</summary>
    /// <param name="candidateScores">The judge's reward of each of the candidate's replies.</param>
    /// <param name="liveScores">The same of the live version's, prompt by prompt.</param>
    /// <param name="options">How sure.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    /// <exception cref="ArgumentException">There are not as many scores of one as of the other.</exception>
    public static bool IsSure(IReadOnlyList<double> candidateScores, IReadOnlyList<double> liveScores, GateOptions options, ulong seed)
    {
        Interval winRate = WinRate(Gains(candidateScores, liveScores), options, seed);
        return winRate.Low > 0.5 || winRate.High < 0.5;
    }

    /// <summary>Holds the evidence against the bounds.</summary>
    /// <exception cref="ArgumentException">There are not as many scores of one as of the other.</exception>
    public static GateVerdict Decide(GateEvidence evidence, GateOptions options, ulong seed)
    {
        double[] gains = Gains(evidence.CandidateScores, evidence.LiveScores);
        Interval gain = Bootstrap.Mean(gains, seed, options.Resamples, options.Confidence);
        Interval winRate = WinRate(gains, options, seed);
        (ReplyStatistics candidate, ReplyStatistics live) = (evidence.Candidate, evidence.Live);
        double leastDistinct = options.DistinctShare * live.Distinct;
        double leastEnds = live.EndRate - options.EndRateDrop;
        (double shortest, double longest) = (live.Length / options.LengthFactor, live.Length * options.LengthFactor);

        var broken = new List<string>();
        Require(winRate.Low > 0.5, $"win rate {winRate.Mean:P1} [{winRate.Low:P1}, {winRate.High:P1}] is not surely above 50 % (reward gain {gain.Mean:F3})");
        Require(evidence.Kl <= options.KlBudget, $"KL {evidence.Kl:F1} nats a reply is over the budget of {options.KlBudget:F1}");
        Require(candidate.Length >= shortest && candidate.Length <= longest, $"mean reply length {candidate.Length:F1} tokens is outside {shortest:F1} to {longest:F1}");
        Require(candidate.Distinct >= leastDistinct, $"distinct 2-grams {candidate.Distinct:F3} are under {leastDistinct:F3}");
        Require(candidate.EndRate >= leastEnds, $"end-token rate {candidate.EndRate:F2} is under {leastEnds:F2}");
        Require(evidence.Regressions.Count == 0, $"worse at {evidence.Regressions.Count} of the operator's {evidence.RegressionPrompts} prompts ({Some(evidence.Regressions)})");
        var metrics = new Dictionary<string, double>
        {
            ["gate/reward_candidate"] = evidence.CandidateScores.Average(),
            ["gate/reward_live"] = evidence.LiveScores.Average(),
            ["gate/gain"] = gain.Mean,
            ["gate/gain_low"] = gain.Low,
            ["gate/gain_high"] = gain.High,
            ["gate/win_rate"] = winRate.Mean,
            ["gate/win_rate_low"] = winRate.Low,
            ["gate/win_rate_high"] = winRate.High,
            ["gate/kl"] = evidence.Kl,
            ["gate/length"] = candidate.Length,
            ["gate/length_live"] = live.Length,
            ["gate/distinct"] = candidate.Distinct,
            ["gate/distinct_live"] = live.Distinct,
            ["gate/end_rate"] = candidate.EndRate,
            ["gate/end_rate_live"] = live.EndRate,
            ["gate/prompts"] = gains.Length,
            ["gate/regression_prompts"] = evidence.RegressionPrompts,
            ["gate/regressions"] = evidence.Regressions.Count,
        };
        if (evidence.Perplexity is var (perplexity, usual))
        {
            var highest = usual * options.PerplexityFactor;
            Require(perplexity <= highest, $"perplexity of people's dialogues {perplexity:F2} is over {highest:F2}");
            (metrics["gate/perplexity"], metrics["gate/perplexity_live"]) = (perplexity, usual);
        }

        metrics["gate/accepted"] = broken.Count == 0 ? 1 : 0;
        return new GateVerdict(
            broken.Count == 0,
            broken.Count == 0
                ? string.Create(CultureInfo.InvariantCulture, $"win rate {winRate.Mean:P1} [{winRate.Low:P1}, {winRate.High:P1}], reward gain {gain.Mean:F3}, KL {evidence.Kl:F1}, all bounds hold")
                : string.Join("; ", broken),
            metrics);

        // A figure that is not a number breaks its bound: every comparison with it is false.
        void Require(bool holds, FormattableString otherwise)
        {
            if (!holds)
                broken.Add(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(NamesTold)) + (names.Count > NamesTold ? ", …" : "");

    private static double[] Gains(IReadOnlyList<double> candidateScores, IReadOnlyList<double> liveScores) => candidateScores.Count == liveScores.Count
        ? [.. candidateScores.Zip(liveScores, (candidate, live) => candidate - live)]
        : throw new ArgumentException($"The candidate has {candidateScores.Count} scores and the live version {liveScores.Count}; the comparison is paired by prompt.", nameof(candidateScores));

    private static Interval WinRate(double[] gains, GateOptions options, ulong seed) =>
        Bootstrap.Mean([.. gains.Select(d => d > 0 ? 1.0 : d == 0 ? 0.5 : d < 0 ? 0.0 : double.NaN)], seed, options.Resamples, options.Confidence);
}
