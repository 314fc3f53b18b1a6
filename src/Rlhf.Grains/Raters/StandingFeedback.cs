using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Grains.Raters;

/// <summary>What raters say in the end: what was taken back or said otherwise later is left out.</summary>
internal static class StandingFeedback
{
    /// <summary>The feedback that a training may learn from.</summary>
    public static SelectedFeedback Select(IEnumerable<WindowEntry> newest, FeedbackSelection wanted, RatersState decided, FeedbackOptions options)
    {
        var seen = new HashSet<StatementPlace>();
        var selected = new List<GivenFeedback>();
        var (unreadable, withheld, filtered, quarantined) = (0, 0, 0, 0);
        foreach (var entry in newest)
        {
            if (selected.Count == wanted.Most)
            {
                break;
            }

            var said = entry.Said;
            if (entry.Sequence > wanted.Cursor || !said.IsFeedback || !options.Trains(said) || decided.Gold.ContainsKey(entry.Place.Reply))
            {
                continue;
            }

            if (!Names.AreGood(said.Rater))
            {
                unreadable++; // the doors let no such name in, but a ledger is older than its doors
            }
            else if (wanted.Withheld.Any(feedback => feedback.Holds(entry.Sequence)))
            {
                withheld++;
            }
            else if (said.Filtered is not null && !wanted.FilteredToo)
            {
                filtered++; // what moderation refused is nothing to learn from
            }
            else if (decided.Quarantined.ContainsKey(entry.Rater))
            {
                quarantined++;
            }
            else if (seen.Add(entry.Place) && said.Kind != FeedbackKind.Retraction)
            {
                selected.Add(entry.Given);
            }
        }

        selected.Reverse();
        return new SelectedFeedback([.. selected], [], unreadable, withheld, filtered, quarantined);
    }

    /// <summary>Everything that stands, newest first, and what retractions there are.</summary>
    public static (List<WindowEntry> Standing, List<WindowEntry> Retractions) Of(IEnumerable<WindowEntry> newest)
    {
        var seen = new HashSet<StatementPlace>();
        var (standing, retractions) = (new List<WindowEntry>(), new List<WindowEntry>());
        foreach (var entry in newest.Where(entry => entry.Said.IsFeedback && Names.AreGood(entry.Said.Rater)))
        {
            var first = seen.Add(entry.Place);
            if (entry.Said.Kind == FeedbackKind.Retraction)
            {
                retractions.Add(entry);
            }
            else if (first)
            {
                standing.Add(entry);
            }
        }

        return (standing, retractions);
    }

    /// <summary>How much somebody likes a reply, 0 to 1; null where that isn't said, or not of the reply alone.</summary>
    public static double? ScoreOf(FeedbackEvent said, FeedbackOptions options) => said switch
    {
        { Content.Share: not null } => null,
        { Kind: FeedbackKind.Thumbs, Up: { } up } => up ? 1 : 0,
        { Kind: FeedbackKind.Accepted, Content.Positive: { } accepted } => accepted ? 1 : 0,
        { Kind: FeedbackKind.Rating, Content.Stars: { } stars } => (stars - 1) / 4.0,
        { Kind: FeedbackKind.Labels, Content.Labels: { } labels } => options.ScoreOf(labels),
        { Kind: FeedbackKind.Report } => 0,
        _ => null,
    };

    /// <summary>What can be held against others' on the same item: of a reply, whether it is liked; of a comparison of two, whether the first is better.</summary>
    /// <returns>The item and the answer; null where there is none, as with three stars or a tie.</returns>
    public static (string Item, bool Yes)? OpinionOf(WindowEntry entry, FeedbackOptions options)
    {
        if (entry.Said is { Kind: FeedbackKind.Comparison, Content: { Rank: { } rank, Others: [{ Rank: var other }] } } && rank != other)
        {
            return (entry.Place.Statement, rank < other);
        }

        return ScoreOf(entry.Said, options) is { } score and not 0.5 ? (entry.Place.Reply, score > 0.5) : null;
    }
}
