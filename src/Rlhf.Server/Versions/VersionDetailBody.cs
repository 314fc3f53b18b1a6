using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Statistics;

namespace Rlhf.Server.Versions;

/// <summary>A version with what it descends from, what was said of it, and every step of its life.</summary>
internal sealed record VersionDetailBody : VersionBody
{
    public VersionDetailBody(VersionBody version)
        : base(version)
    {
    }

    /// <summary>What it descends from, its parent first and the base last.</summary>
    public required IReadOnlyList<string> Ancestors { get; init; }

    /// <summary>What was said of its replies.</summary>
    public required EvidenceBody Evidence { get; init; }

    /// <summary>The test that it is in, as the canary or as the live version; null where it is in none.</summary>
    public required CanaryTestBody? Test { get; init; }

    /// <summary>Every step of its life, oldest first.</summary>
    public required IReadOnlyList<VersionStepBody> History { get; init; }
}

/// <summary>A step of a version's life.</summary>
internal sealed record VersionStepBody(DateTimeOffset At, string? From, string To, string Cause, string By)
{
    public static VersionStepBody Of(VersionStep step) => new(step.At, step.From is { } from ? VersionBody.NameOf(from) : null, VersionBody.NameOf(step.To), step.Cause, step.By);
}

/// <summary>What was said of a version's replies. A conversation is one observation: its score is the mean of what was said in it, from 0, all down, to 1, all up.</summary>
internal sealed record EvidenceBody(long Statements, long Conversations, long ReportedConversations, double? MeanScore, IntervalBody? Interval)
{
    /// <summary>The level of intervals.</summary>
    public const double Alpha = 0.05;

    public static EvidenceBody Of(VersionTally tally)
    {
        var sample = tally.ToSample();
        return new EvidenceBody(
            tally.Statements, tally.Conversations, tally.Reported, sample.Count == 0 ? null : sample.Mean,
            sample.Count == 0 ? null : IntervalBody.Of(ConfidenceSequence.Mean(sample, Alpha)));
    }
}

/// <summary>A 95 % interval, or of a test what its level leaves.</summary>
internal sealed record IntervalBody(double Lower, double Upper)
{
    public static IntervalBody Of(Interval interval) => new(interval.Lower, interval.Upper);
}

/// <summary>A canary's test as it stands. The canary is promoted when the difference's lower bound passes 0, rolled back when its upper bound does, and
/// retired when it is undecided at the deadline or over so many conversations.</summary>
internal sealed record CanaryTestBody(
    string Canary,
    string Live,
    DateTimeOffset StartedAt,
    DateTimeOffset Deadline,
    int MostConversations,
    EvidenceBody CanaryEvidence,
    EvidenceBody LiveEvidence,
    double? Difference,
    IntervalBody DifferenceInterval,
    double Alpha)
{
    public static CanaryTestBody Of(CanaryEvidence evidence, VersionOptions options)
    {
        var (canary, live) = (evidence.Canary.ToSample(), evidence.Live.ToSample());
        return new CanaryTestBody(
            evidence.Test.Canary,
            evidence.Test.Live,
            evidence.Test.StartedAt,
            evidence.Test.StartedAt + options.CanaryPatience,
            options.CanaryConversations,
            EvidenceBody.Of(evidence.Canary),
            EvidenceBody.Of(evidence.Live),
            canary.Count == 0 || live.Count == 0 ? null : canary.Mean - live.Mean,
            IntervalBody.Of(MeanDifference.Interval(canary, live, options.CanaryAlpha)),
            options.CanaryAlpha);
    }
}
