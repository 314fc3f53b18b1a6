using System.ComponentModel.DataAnnotations;

namespace Rlhf.Learning.Evaluation;

/// <summary>The bounds a candidate must hold against the live version on held-out prompts.</summary>
public sealed record GateOptions
{
    /// <summary>Share of the prompts, chosen by hash, that training never sees.</summary>
    /// <value>The default value is 0.2.</value>
    [Range(0.01, 0.9)]
    public double HeldOutPrompts { get; init; } = 0.2;

    /// <summary>Replies to held-out prompts that are compared at most: enough to be sure of a step that wins 56 %.</summary>
    /// <value>The default value is 512.</value>
    [Range(2, 100_000)]
    public int Replies { get; init; } = 512;

    /// <summary>Replies between one look at the comparison and the next. A step that is clear by then needs no more of them.</summary>
    /// <value>The default value is 128.</value>
    [Range(2, 100_000)]
    public int RepliesALook { get; init; } = 128;

    /// <summary>Share of the raters, chosen by hash, from whom the gate's own reward model learns and the policy's does not; of the
    /// conversations where there are few raters. At 0, or where the thumbs do not suffice for two models, the policy's judges (<see cref="OwnJudge"/>).</summary>
    /// <value>The default value is 0.5.</value>
    [Range(0.0, 0.9)]
    public double RaterShare { get; init; } = 0.5;

    /// <summary>Thumbs up and thumbs down that each of two reward models needs; with fewer, halves cost more than a second opinion is worth.</summary>
    /// <value>The default value is 400.</value>
    [Range(1, 1_000_000)]
    public int LeastOfEach { get; init; } = 400;

    /// <summary>Whether it is enough for everybody's version that the candidate's own reward model prefers it, where the feedback does not suffice for a
    /// second one. Without, the verdict is "insufficient evidence" then, and the candidate may be a canary and no more.</summary>
    /// <value>The default value is false.</value>
    public bool OwnJudge { get; init; }

    /// <summary>Resamples of the paired bootstrap.</summary>
    /// <value>The default value is 1000.</value>
    [Range(100, 1_000_000)]
    public int Resamples { get; init; } = 1000;

    /// <summary>Largest KL to the reference, in nats a reply.</summary>
    /// <value>The default value is 40.</value>
    [Range(0.0, 1e6)]
    public double KlBudget { get; init; } = 40;

    /// <summary>A candidate's mean reply length lies within this factor of the live version's, up or down.</summary>
    /// <value>The default value is 3.</value>
    [Range(1.0, 1000.0)]
    public double LengthFactor { get; init; } = 3;

    /// <summary>The candidate keeps at least this share of the live version's distinct 2-grams.</summary>
    /// <value>The default value is 0.3.</value>
    [Range(0.0, 1.0)]
    public double DistinctShare { get; init; } = 0.3;

    /// <summary>The share of ended replies may fall by this much, absolutely.</summary>
    /// <value>The default value is 0.1.</value>
    [Range(0.0, 1.0)]
    public double EndRateDrop { get; init; } = 0.1;

    /// <summary>A file of people's dialogues, as <c>train sft</c> reads it, of which those count that training holds out; without it, the
    /// candidate's perplexity is not looked at.</summary>
    /// <value>The default value is null.</value>
    public string? Dialogues { get; init; }

    /// <summary>Dialogues that are read at most, the first in the file.</summary>
    /// <value>The default value is 512.</value>
    [Range(1, 1_000_000)]
    public int MostDialogues { get; init; } = 512;

    /// <summary>The candidate's perplexity on what the assistant says in them is at most this many times the live version's.</summary>
    /// <value>The default value is 1.1; a round that is accepted costs the demo model 1 to 2 %.</value>
    [Range(1.0, 1000.0)]
    public double PerplexityFactor { get; init; } = 1.1;

    /// <summary>A file of prompts with expressions that a reply must or must not match (<see cref="RegressionPrompt"/>). Where the live
    /// version's likeliest reply passes a check, the candidate's has to pass it, too.</summary>
    /// <value>The default value is null.</value>
    public string? RegressionPrompts { get; init; }

    /// <summary>How often the comparison may be looked at.</summary>
    public int Looks => (Replies + RepliesALook - 1) / RepliesALook;

    /// <summary>Coverage of the intervals of one look: looks share an error of 5 % evenly (Bonferroni), so that whoever looks often and stops
    /// at the first sure result is wrong no more often than whoever looks once.</summary>
    public double Confidence => 1 - (0.05 / Looks);
}
