using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Storage;

namespace Rlhf.Grains.Versions;

/// <summary>What an entry of the ledger says of a version, in few words.</summary>
/// <param name="Sequence">Its place in the ledger.</param>
/// <param name="Statement">Which of a rater's statements on which reply it is: a later one of the same name takes its place.</param>
/// <param name="Retracts">Whether it takes the statement back.</param>
/// <param name="Version">The version that wrote the reply.</param>
/// <param name="Score">As a thumb: 0 for down, 1 for up, and what lies between; null where it has no score.</param>
/// <param name="Weight">How many thumbs it counts as.</param>
/// <param name="Report">Whether it is a report.</param>
internal sealed record ScoredStatement(
    long Sequence, (string Completion, string Rater, string Name) Statement, bool Retracts, string Version, double? Score, double Weight, bool Report)
{
    /// <summary>Reads an entry.</summary>
    /// <returns>Null where it says nothing of one version's replies: erasures, comments, imported feedback, and comparisons, whose replies are judged against
    /// each other and not for themselves.</returns>
    public static ScoredStatement? Of(LedgerEntry entry, FeedbackOptions options)
    {
        var said = entry.Event;
        if (!said.IsFeedback || said is { CompletionId: null } or { Version: "" } || said.Subject is FeedbackKind.Comparison or FeedbackKind.Comment)
        {
            return null;
        }

        var (score, weight) = ScoreOf(said, options);
        return new ScoredStatement(
            entry.Sequence, (said.CompletionId, RaterId.Of(said), said.Statement), said.Kind == FeedbackKind.Retraction, said.Version,
            weight > 0 ? score : null, weight * (said.Content?.Share ?? 1), said.Kind == FeedbackKind.Report);
    }

    private static (double? Score, double Weight) ScoreOf(FeedbackEvent said, FeedbackOptions options) => said.Kind switch
    {
        FeedbackKind.Thumbs => (Thumb(said.Up ?? said.Content?.Positive), 1),
        FeedbackKind.Accepted => (Thumb(said.Content?.Positive), 1),
        FeedbackKind.Rating => ((said.Content?.Stars - 1) / 4.0, 1),
        FeedbackKind.Labels => (options.ScoreOf(said.Content?.Labels ?? []), 1),
        FeedbackKind.Correction => (0, 1), // somebody went to the trouble of writing the reply anew
        FeedbackKind.Report => (0, options.ReportWeight),
        FeedbackKind.Signal => options.Signals.Of(said.Content?.Signal) is var counts ? (Thumb(counts > 0), Math.Abs(counts) * (said.Content?.Distance ?? 1)) : default,
        _ => (null, 0),
    };

    private static double? Thumb(bool? up) => up is null ? null : up.Value ? 1 : 0;
}
