using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Serving;
using Rlhf.Learning.Data;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>Feedback as a training takes it.</summary>
internal static class Judgements
{
    /// <summary>What a training learns of an event: all that it says, but for a demonstration that an ancestor was tuned on.</summary>
    /// <param name="entry">The event.</param>
    /// <param name="trust">How far its rater is trusted.</param>
    /// <param name="options">What labels, reports and signals count.</param>
    /// <param name="demonstratedTo">The ledger's last sequence whose demonstrations an ancestor was tuned on.</param>
    public static IEnumerable<Judgement> Of(LedgerEntry entry, double trust, FeedbackOptions options, long demonstratedTo) =>
        Of(entry.Event, trust, options).Where(judgement => judgement is not Demonstration || entry.Sequence > demonstratedTo);

    /// <summary>What an event says. Of a whole conversation each reply has its share.</summary>
    /// <param name="said">The event.</param>
    /// <param name="trust">How far its rater is trusted.</param>
    /// <param name="options">What labels, reports and signals count.</param>
    public static IEnumerable<Judgement> Of(FeedbackEvent said, double trust, FeedbackOptions options)
    {
        var (content, weight) = (said.Content, trust * (said.Content?.Share ?? 1));
        return said.Kind switch
        {
            FeedbackKind.Thumbs => (said.Up ?? content?.Positive) is { } up ? [Thumb(said, up, weight)] : [],
            FeedbackKind.Accepted => content?.Positive is { } accepted ? [Thumb(said, accepted, weight)] : [],
            FeedbackKind.Rating => content?.Stars is { } stars
                ? [new StarredReply(said.Messages.ToDialogue(), said.Reply, stars, weight, said.Group) { Rater = RaterId.Of(said), Tokens = said.Tokens, LogProbs = said.LogProbs }]
                : [],
            FeedbackKind.Labels => options.ScoreOf(content?.Labels ?? []) is { } score ? Soft(said, score, weight) : [],
            FeedbackKind.Report => [Thumb(said, up: false, weight * options.ReportWeight)],
            FeedbackKind.Signal => options.Signals.Of(content?.Signal) is not 0 and var counts ? [Thumb(said, counts > 0, weight * Math.Abs(counts) * (content?.Distance ?? 1))] : [],
            FeedbackKind.Correction => content?.Text is { } corrected ? Correction(said, corrected, weight) : [],
            FeedbackKind.Comparison => content is { Rank: { } rank, Others: { Length: > 0 } others } ? [Ranking(said, rank, others, weight)] : [],
            _ => [],
        };
    }

    private static ThumbedReply Thumb(FeedbackEvent said, bool up, double weight) =>
        new(said.Messages.ToDialogue(), said.Reply, up, weight, said.Group) { Rater = RaterId.Of(said), Tokens = said.Tokens, LogProbs = said.LogProbs };

    private static IEnumerable<Judgement> Soft(FeedbackEvent said, double score, double weight) =>
        new[] { Thumb(said, up: true, weight * score), Thumb(said, up: false, weight * (1 - score)) }.Where(thumb => thumb.Weight > 0 || weight == 0);

    private static IEnumerable<Judgement> Correction(FeedbackEvent said, string corrected, double weight)
    {
        if (!said.IsDemonstration)
        {
            yield return new RankedReplies(
                said.Messages.ToDialogue(), [new RankedReply(corrected, Rank: 1), new RankedReply(said.Reply, Rank: 2) { Tokens = said.Tokens, LogProbs = said.LogProbs }], weight, said.Group) { Rater = RaterId.Of(said) };
        }

        yield return new Demonstration(said.Messages.ToDialogue(), corrected, weight, said.Group) { Rater = RaterId.Of(said) };
    }

    private static RankedReplies Ranking(FeedbackEvent said, int rank, ImmutableArray<ComparedReply> others, double weight) => new(
        said.Messages.ToDialogue(),
        [
            new RankedReply(said.Reply, rank) { Tokens = said.Tokens, LogProbs = said.LogProbs },
            .. others.Select(other => new RankedReply(other.Reply, other.Rank) { Tokens = other.Tokens, LogProbs = other.LogProbs }),
        ],
        weight,
        said.Group) { Rater = RaterId.Of(said) };
}
