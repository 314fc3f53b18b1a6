using System.Globalization;

namespace Rlhf.Learning.Evaluation;

/// <summary>A reply of the candidate beside one of the live version to the same prompt.</summary>
/// <param name="Prompt">Which prompt: replies to one are one observation.</param>
/// <param name="Candidate">The judge's reward of the candidate's reply.</param>
/// <param name="Live">The same of the live version's.</param>
public readonly record struct JudgedPair(int Prompt, double Candidate, double Live)
{
    /// <summary>1 where the candidate wins, 0 where it loses, a half for a tie; not a number where a score is none.</summary>
    public double Win => Candidate > Live ? 1 : Candidate < Live ? 0 : Candidate == Live ? 0.5 : double.NaN;
}

/// <summary>What the gate looks at: the candidate and the live version on the same held-out prompts.</summary>
/// <param name="Pairs">Their replies as the judge sees them.</param>
/// <param name="Candidate">The candidate's replies.</param>
/// <param name="Live">The live version's replies.</param>
/// <param name="Kl">The candidate's KL to the reference, in nats a reply.</param>
public sealed record GateEvidence(
    IReadOnlyList<JudgedPair> Pairs,
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

/// <summary>What the gate decides.</summary>
public enum GateDecision
{
    /// <summary>A bound is broken.</summary>
    Rejected,

    /// <summary>Every bound holds by the candidate's own reward model alone, which it was trained to please: it may be a canary and no more.</summary>
    InsufficientEvidence,

    /// <summary>Every bound holds.</summary>
    Accepted,
}

/// <summary>The verdict on a candidate.</summary>
/// <param name="Decision">The decision.</param>
/// <param name="Reason">Every bound that broke, with value and bound; or the gain when none did.</param>
/// <param name="Metrics">Each figure the verdict rests on, under <c>gate/</c>.</param>
public sealed record GateVerdict(GateDecision Decision, string Reason, IReadOnlyDictionary<string, double> Metrics);

/// <summary>Decides whether a candidate may replace the live version.</summary>
public static class Gate
{
    /// <summary>The figure that is 1 where the evidence is insufficient.</summary>
    public const string InsufficientEvidence = "gate/insufficient_evidence";

    private const int NamesTold = 5;

    /// <summary>Whether the lower or the upper bound of the win rate's interval leaves 50 % out; scores that are not numbers say nothing.</summary>
    /// <param name="pairs">The replies so far.</param>
    /// <param name="options">How sure.</param>
    /// <param name="seed">Equal seeds give equal intervals.</param>
    public static bool IsSure(IReadOnlyList<JudgedPair> pairs, GateOptions options, ulong seed)
    {
        Interval winRate = WinRate(pairs, options, seed);
        return winRate.Low > 0.5 || winRate.High < 0.5;
    }

    /// <summary>Holds the evidence against the bounds.</summary>
    /// <param name="evidence">What was seen.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="independent">Whether the judge's reward model is another one than the candidate was trained on.</param>
    /// <param name="seed">Equal seeds give equal verdicts.</param>
    public static GateVerdict Decide(GateEvidence evidence, GateOptions options, bool independent, ulong seed)
    {
        int[] prompts = [.. evidence.Pairs.Select(pair => pair.Prompt)];
        Interval gain = Bootstrap.MeanByCluster([.. evidence.Pairs.Select(pair => pair.Candidate - pair.Live)], prompts, seed, options.Resamples, options.Confidence);
        Interval winRate = WinRate(evidence.Pairs, options, seed);
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
            ["gate/reward_candidate"] = evidence.Pairs.Average(pair => pair.Candidate),
            ["gate/reward_live"] = evidence.Pairs.Average(pair => pair.Live),
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
            ["gate/prompts"] = prompts.Distinct().Count(),
            ["gate/replies"] = prompts.Length,
            ["gate/regression_prompts"] = evidence.RegressionPrompts,
            ["gate/regressions"] = evidence.Regressions.Count,
        };
        if (evidence.Perplexity is var (perplexity, usual))
        {
            var highest = usual * options.PerplexityFactor;
            Require(perplexity <= highest, $"perplexity of people's dialogues {perplexity:F2} is over {highest:F2}");
            (metrics["gate/perplexity"], metrics["gate/perplexity_live"]) = (perplexity, usual);
        }

        var decision = broken.Count > 0 ? GateDecision.Rejected : independent || options.OwnJudge ? GateDecision.Accepted : GateDecision.InsufficientEvidence;
        metrics["gate/accepted"] = decision == GateDecision.Accepted ? 1 : 0;
        metrics["gate/independent"] = independent ? 1 : 0;
        metrics[InsufficientEvidence] = decision == GateDecision.InsufficientEvidence ? 1 : 0;
        return new GateVerdict(decision, broken.Count > 0 ? string.Join("; ", broken) : Holds(), metrics);

        string Holds() => string.Create(
            CultureInfo.InvariantCulture,
            $"{(decision == GateDecision.InsufficientEvidence ? "insufficient evidence, a canary at most: its own reward model judged it, for two of other raters there is too little feedback; " : "")}win rate {winRate.Mean:P1} [{winRate.Low:P1}, {winRate.High:P1}], reward gain {gain.Mean:F3}, KL {evidence.Kl:F1}, all bounds hold");

        // A figure that is not a number breaks its bound: every comparison with it is false.
        void Require(bool holds, FormattableString otherwise)
        {
            if (!holds)
                broken.Add(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(NamesTold)) + (names.Count > NamesTold ? ", …" : "");

    private static Interval WinRate(IReadOnlyList<JudgedPair> pairs, GateOptions options, ulong seed) =>
        Bootstrap.MeanByCluster([.. pairs.Select(pair => pair.Win)], [.. pairs.Select(pair => pair.Prompt)], seed, options.Resamples, options.Confidence);
}
