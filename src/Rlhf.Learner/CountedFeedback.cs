using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Learning.Data;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>The feedback that a training learns from.</summary>
/// <param name="Counted">What each rater says of each reply in the end, oldest first.</param>
/// <param name="Unreadable">Events that are set aside because nobody can be named who gave them.</param>
/// <param name="Withheld">Events that are set aside until an operator releases them, since a version that learned from them was rolled back.</param>
/// <param name="OverShare">Events that are left out because their raters gave more than one rater's share.</param>
internal sealed record CountedFeedback(IReadOnlyList<FeedbackEvent> Counted, int Unreadable, int Withheld, int OverShare)
{
    /// <summary>Events that are left out because moderation refused what they are on.</summary>
    public int Filtered { get; init; }

    /// <summary>Where each counted event stands in the ledger, by its id.</summary>
    public IReadOnlyDictionary<string, long> Sequences { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Reads the ledger up to a cursor. What was overwritten or taken back is left out, and what nothing is learned from; of the rest the newest are
    /// taken, each rater's up to a share of all; what is on what moderation refused only where <paramref name="filteredToo"/> says so.</summary>
    public static async Task<CountedFeedback> ReadAsync(
        IFeedbackLedger ledger, long cursor, LearnerSchedule schedule, FeedbackOptions feedback, ImmutableArray<WithheldFeedback> withheld, bool filteredToo, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<(string Reply, string Rater, string Statement), LedgerEntry>();
        var (unreadable, setAside, filtered) = (0, 0, 0);
        await foreach (var entry in ledger.ReadAsync(after: 0, cancellationToken))
        {
            if (entry.Sequence > cursor)
            {
                break;
            }

            if (entry.Event is not { IsFeedback: true, Content: null or { PartOf: null } } || !feedback.Trains(entry.Event))
            {
                continue;
            }

            if (!Names.AreGood(entry.Event.Rater))
            {
                unreadable++; // the doors let no such name in, but a ledger is older than its doors
                continue;
            }

            if (withheld.Any(feedback => feedback.Holds(entry.Sequence)))
            {
                setAside++;
                continue;
            }

            if (entry.Event.Filtered is not null && !filteredToo)
            {
                filtered++; // what moderation refused is nothing to learn from
                continue;
            }

            var key = (entry.Event.CompletionId ?? entry.Event.Id, RaterId.Of(entry.Event), entry.Event.Statement);
            if (entry.Event.Kind == FeedbackKind.Retraction)
            {
                latest.Remove(key);
            }
            else
            {
                latest[key] = entry;
            }
        }

        List<LedgerEntry> newest = [.. latest.Values.OrderBy(entry => entry.Sequence).TakeLast(schedule.MostThumbs)];
        var counted = WithinShare([.. newest.Select(entry => entry.Event)], schedule.MostOfOneRater);
        return new CountedFeedback(counted, unreadable, setAside, newest.Count - counted.Count) { Filtered = filtered, Sequences = newest.ToDictionary(entry => entry.Event.Id, entry => entry.Sequence) };
    }

    /// <summary>Insists on enough of one kind to make a reward model of, and on two dialogues: one to practise on and one to be judged by.</summary>
    /// <exception cref="RefusedException">There is not enough.</exception>
    public void RequireEnough(int least, FeedbackOptions feedback)
    {
        var counts = JudgementCounts.Of(Counted.SelectMany(said => Judgements.Of(said, trust: 1, feedback)));
        if (!counts.Suffice(least))
        {
            throw new RefusedException(
                Refusal.Conflict,
                $"There is not enough to learn from: {counts}; at least {least} thumbs of each kind are needed, or {least} comparisons or corrections, or {2 * least} ratings that differ (Learner:LeastOfEach).{LeftOut}{OnFiltered}");
        }

        if (Counted.DistinctBy(thumb => string.Join('\0', thumb.Messages)).Take(2).Count() < 2)
        {
            throw new RefusedException(Refusal.Conflict, "There is not enough to learn from: all feedback is on replies to one and the same dialogue; at least two are needed, one to practise on and one to be judged by.");
        }
    }

    private string OnFiltered => Filtered == 0 ? "" : $" {Filtered} more are on what moderation refused (Moderation:Learn).";

    private string LeftOut => (Withheld, OverShare) switch
    {
        (0, 0) => "",
        (0, _) => $" {OverShare} more are of raters who gave more than their share (Learner:MostOfOneRater).",
        _ => $" {Withheld} more wait for an operator, since a version that learned from them was rolled back: POST /v1/versions/ID/release lets them count.",
    };

    /// <summary>
    /// Leaves out what makes one rater's feedback more than <paramref name="share"/> of all that are left. Which of a rater's count is drawn by the replies'
    /// ids, so that it's the same each time and none is preferred. With few raters, as in a small team, nobody is cut: there have to be twice as many as
    /// would do with equal shares.
    /// </summary>
    internal static IReadOnlyList<FeedbackEvent> WithinShare(IReadOnlyList<FeedbackEvent> given, double share)
    {
        var counts = given.Where(IsUsers).GroupBy(RaterId.Of).ToDictionary(rater => rater.Key, rater => rater.Count());
        if (counts.Count * share < 2)
        {
            return given;
        }

        var vouched = given.Count(one => !IsUsers(one));
        var most = counts.Values.DefaultIfEmpty(0).Max();
        while (most > 1 && most > share * (vouched + counts.Values.Sum(count => Math.Min(count, most))))
        {
            most--;
        }

        var kept = given.Where(IsUsers).GroupBy(RaterId.Of)
            .SelectMany(rater => rater.OrderBy(one => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(one.CompletionId!))), StringComparer.Ordinal).Take(most))
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. given.Where(one => !IsUsers(one) || kept.Contains(one))];
    }

    /// <summary>Whether it was given here; for what was imported an operator vouches.</summary>
    private static bool IsUsers(FeedbackEvent given) => given.CompletionId is not null;
}
