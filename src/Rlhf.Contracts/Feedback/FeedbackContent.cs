using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>What feedback says beside a thumb on a reply; each kind sets its own fields.</summary>
[GenerateSerializer, Immutable, Alias("rlhf.FeedbackContent")]
public sealed record FeedbackContent
{
    /// <summary>For a retraction: the kind that is taken back.</summary>
    [Id(0)]
    public FeedbackKind? Retracts { get; init; }

    /// <summary>How many more statements stand after the event than before. Of several events that are one statement only the first counts.</summary>
    [Id(1)]
    public int Net { get; init; }

    /// <summary>For a statement on a whole conversation: this reply's share of it. Null for one on the reply alone.</summary>
    [Id(2)]
    public double? Share { get; init; }

    /// <summary>Whether the reply was accepted, or the thumb on the whole conversation is up.</summary>
    [Id(3)]
    public bool? Positive { get; init; }

    /// <summary>The rating, 1 to 5.</summary>
    [Id(4)]
    public int? Stars { get; init; }

    /// <summary>The answers, in the order of their questions' names.</summary>
    [Id(5)]
    public ImmutableArray<LabelAnswer>? Labels { get; init; }

    /// <summary>The corrected reply, or why the reply is reported.</summary>
    [Id(6)]
    public string? Text { get; init; }

    /// <summary>The signal's name: <c>regenerated</c>, <c>copied</c>, <c>edited</c> or <c>abandoned</c>.</summary>
    [Id(7)]
    public string? Signal { get; init; }

    /// <summary>How much of the reply was edited: 0 nothing, 1 all of it.</summary>
    [Id(8)]
    public double? Distance { get; init; }

    /// <summary>The reply's place in a comparison, 1 for the best; tied replies share a place.</summary>
    [Id(9)]
    public int? Rank { get; init; }

    /// <summary>The other replies of a comparison.</summary>
    [Id(10)]
    public ImmutableArray<ComparedReply>? Others { get; init; }

    /// <summary>The completion that a comparison is recorded on, in the events that tell the other replies' conversations of it. Those hold no texts.</summary>
    [Id(11)]
    public string? PartOf { get; init; }

    /// <summary>Which of a rater's statements on a reply something is. Replies are compared as a set: in another order they are the same statement.</summary>
    public static string StatementOf(FeedbackKind kind, string? completionId, FeedbackContent? content)
    {
        var name = kind switch
        {
            FeedbackKind.Signal => $"{kind} {content?.Signal}",
            FeedbackKind.Comparison => $"{kind} {string.Join(' ', (content?.Others ?? []).Select(other => other.CompletionId).Append(completionId).Order(StringComparer.Ordinal))}",
            _ => kind.ToString(),
        };
        return content?.Share is null ? name : $"{name} of the conversation";
    }

    /// <summary>Whether it says the same as another one of the same kind, whatever stood before either.</summary>
    public bool SaysSame(FeedbackContent other) =>
        (Retracts, Share is null, Positive, Stars, Text, Signal, Distance, Rank) == (other.Retracts, other.Share is null, other.Positive, other.Stars, other.Text, other.Signal, other.Distance, other.Rank)
        && (Labels ?? []).SequenceEqual(other.Labels ?? [])
        && (Others ?? []).Select(reply => (reply.CompletionId, reply.Rank)).SequenceEqual((other.Others ?? []).Select(reply => (reply.CompletionId, reply.Rank)));

    /// <summary>The same without the compared replies' texts, which stand in the ledger.</summary>
    public FeedbackContent WithoutTexts() => Others is { } others ? this with { Others = [.. others.Select(other => other.WithoutText())] } : this;
}

/// <summary>An answer to one of the operator's questions.</summary>
/// <param name="Question">The question's name.</param>
/// <param name="Answer">The answer's name.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LabelAnswer")]
public sealed record LabelAnswer(string Question, string Answer);

/// <summary>A reply of a comparison beside the one that the event is on.</summary>
/// <param name="CompletionId">The completion.</param>
/// <param name="Rank">Its place, 1 for the best; tied replies share a place.</param>
/// <param name="Version">The model version that wrote it.</param>
/// <param name="Reply">The text.</param>
/// <param name="Tokens">The reply as sampled tokens.</param>
/// <param name="LogProbs">The log-probability of each of <paramref name="Tokens"/>, as in <see cref="FeedbackEvent.LogProbs"/>.</param>
/// <param name="Draft">Set where it was one of several drafts.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ComparedReply")]
public sealed record ComparedReply(string CompletionId, int Rank, string Version, string Reply, ImmutableArray<int> Tokens, ImmutableArray<float> LogProbs, Draft? Draft = null)
{
    /// <summary>The same without what was said.</summary>
    public ComparedReply WithoutText() => this with { Reply = "", Tokens = [], LogProbs = [] };
}
