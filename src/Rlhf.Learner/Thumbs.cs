using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Learner;

/// <summary>The thumbs that a training learns from.</summary>
/// <param name="Counted">What each rater says of each reply in the end, oldest first.</param>
/// <param name="Unreadable">Thumbs that are set aside because nobody can be named who pressed them.</param>
/// <param name="Withheld">Thumbs that are set aside until an operator releases them, since a version that learned from them was rolled back.</param>
/// <param name="OverShare">Thumbs that are left out because their raters pressed more than one rater's share.</param>
internal sealed record Thumbs(IReadOnlyList<FeedbackEvent> Counted, int Unreadable, int Withheld, int OverShare)
{
    /// <summary>Thumbs that are left out because moderation refused what they are on.</summary>
    public int Filtered { get; init; }

    /// <summary>Reads the ledger up to a cursor. Overwritten and retracted thumbs are left out, and of the rest the newest are taken, each rater's up to a
    /// share of all; those on what moderation refused only where <paramref name="filteredToo"/> says so.</summary>
    public static async Task<Thumbs> ReadAsync(
        IFeedbackLedger ledger, long cursor, LearnerSchedule schedule, ImmutableArray<WithheldFeedback> withheld, bool filteredToo, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<(string Reply, string Rater), LedgerEntry>();
        var (unreadable, setAside, filtered) = (0, 0, 0);
        await foreach (var entry in ledger.ReadAsync(after: 0, cancellationToken))
        {
            if (entry.Sequence > cursor)
            {
                break;
            }

            if (!entry.Event.IsFeedback)
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

            var key = (entry.Event.CompletionId ?? entry.Event.Id, RaterId.Of(entry.Event));
            if (entry.Event.Up is null)
            {
                latest.Remove(key);
            }
            else
            {
                latest[key] = entry;
            }
        }

        List<FeedbackEvent> newest = [.. latest.Values.OrderBy(entry => entry.Sequence).TakeLast(schedule.MostThumbs).Select(entry => entry.Event)];
        var counted = WithinShare(newest, schedule.MostOfOneRater);
        return new Thumbs(counted, unreadable, setAside, newest.Count - counted.Count) { Filtered = filtered };
    }

    /// <summary>Insists on enough thumbs of both kinds, and on two dialogues: one to practise on and one to be judged by.</summary>
    /// <exception cref="RefusedException">There are not enough.</exception>
    public void RequireEnough(int least)
    {
        var up = Counted.Count(thumb => thumb.Up is true);
        var down = Counted.Count - up;
        if (up < least || down < least)
        {
            throw new RefusedException(Refusal.Conflict, $"There is not enough to learn from: {up} thumbs up and {down} down; at least {least} of each are needed (Learner:LeastOfEach).{LeftOut}{OnFiltered}");
        }

        if (Counted.DistinctBy(thumb => string.Join('\0', thumb.Messages)).Take(2).Count() < 2)
        {
            throw new RefusedException(Refusal.Conflict, "There is not enough to learn from: all thumbs are on replies to one and the same dialogue; at least two are needed, one to practise on and one to be judged by.");
        }
    }

    private string OnFiltered => Filtered == 0 ? "" : $" {Filtered} more are on what moderation refused (Moderation:Learn).";

    private string LeftOut => (Withheld, OverShare) switch
    {
        (0, 0) => "",
        (0, _) => $" {OverShare} more are of raters who pressed more than their share (Learner:MostOfOneRater).",
        _ => $" {Withheld} more wait for an operator, since a version that learned from them was rolled back: POST /v1/versions/ID/release lets them count.",
    };

    /// <summary>
    /// Leaves out what makes one rater's thumbs more than <paramref name="share"/> of all that are left. Which of a rater's count is drawn by the replies'
    /// ids, so that it's the same each time and none is preferred. With few raters, as in a small team, nobody is cut: there have to be twice as many as
    /// would do with equal shares.
    /// </summary>
    internal static IReadOnlyList<FeedbackEvent> WithinShare(IReadOnlyList<FeedbackEvent> thumbs, double share)
    {
        var counts = thumbs.Where(IsUsers).GroupBy(RaterId.Of).ToDictionary(rater => rater.Key, rater => rater.Count());
        if (counts.Count * share < 2)
        {
            return thumbs;
        }

        var vouched = thumbs.Count(thumb => !IsUsers(thumb));
        var most = counts.Values.DefaultIfEmpty(0).Max();
        while (most > 1 && most > share * (vouched + counts.Values.Sum(count => Math.Min(count, most))))
        {
            most--;
        }

        var kept = thumbs.Where(IsUsers).GroupBy(RaterId.Of)
            .SelectMany(rater => rater.OrderBy(thumb => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(thumb.CompletionId!))), StringComparer.Ordinal).Take(most))
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. thumbs.Where(thumb => !IsUsers(thumb) || kept.Contains(thumb))];
    }

    /// <summary>Whether a thumb was pressed here; one that was imported an operator vouches for.</summary>
    private static bool IsUsers(FeedbackEvent thumb) => thumb.CompletionId is not null;
}
