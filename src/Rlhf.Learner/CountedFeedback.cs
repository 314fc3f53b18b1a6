using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Learning.Data;

namespace Rlhf.Learner;

/// <summary>The feedback that a training learns from.</summary>
/// <param name="Counted">What each rater says of each reply in the end, oldest first.</param>
/// <param name="Unreadable">Events that are set aside because nobody can be named who gave them.</param>
/// <param name="Withheld">Events that are set aside until an operator releases them, since a version that learned from them was rolled back.</param>
/// <param name="OverShare">Events that are left out because their raters gave more than one rater's share.</param>
internal sealed record CountedFeedback(IReadOnlyList<GivenFeedback> Counted, int Unreadable, int Withheld, int OverShare)
{
    /// <summary>Events that are left out because moderation refused what they are on.</summary>
    public int Filtered { get; init; }

    /// <summary>Events that are left out because their raters are in quarantine.</summary>
    public int Quarantined { get; init; }

    /// <summary>The weight of each rater's feedback, by <see cref="RaterId"/>; empty where that wasn't asked for.</summary>
    public ImmutableDictionary<string, double> Weights { get; init; } = [];

    /// <summary>Takes the newest statements up to a cursor from the raters' projection, each rater's up to a share of those that are taken.</summary>
    /// <param name="raters">The raters of the model.</param>
    /// <param name="cursor">The last ledger sequence.</param>
    /// <param name="schedule">How many, and how many of one rater.</param>
    /// <param name="withheld">What waits for an operator.</param>
    /// <param name="filteredToo">Whether what is on replies that moderation refused counts, too.</param>
    /// <param name="weigh">Whether the raters are to be weighed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<CountedFeedback> SelectAsync(
        IRatersGrain raters, long cursor, LearnerSchedule schedule, ImmutableArray<WithheldFeedback> withheld, bool filteredToo, bool weigh, CancellationToken cancellationToken)
    {
        // All that stands, for the newest alone may be one rater's, who would push everybody else's out.
        var selected = await raters.SelectAsync(new FeedbackSelection(cursor, int.MaxValue, withheld, filteredToo, weigh), cancellationToken);
        var within = WithinShare(selected.Given, schedule.MostOfOneRater, schedule.MostThumbs);
        return new CountedFeedback([.. within.TakeLast(schedule.MostThumbs)], selected.Unreadable, selected.Withheld, selected.Given.Length - within.Count)
        {
            Filtered = selected.Filtered,
            Quarantined = selected.Quarantined,
            Weights = selected.Weights,
        };
    }

    /// <summary>Insists on enough of one kind to make a reward model of, and on two dialogues: one to practise on and one to be judged by.</summary>
    /// <exception cref="RefusedException">There is not enough.</exception>
    public void RequireEnough(int least, FeedbackOptions feedback)
    {
        var counts = JudgementCounts.Of(Counted.SelectMany(said => Judgements.Of(said.Said, trust: 1, feedback)));
        if (!counts.Suffice(least))
        {
            throw new RefusedException(
                Refusal.Conflict,
                $"There is not enough to learn from: {counts}; at least {least} thumbs of each kind are needed, or {least} comparisons or corrections, or {2 * least} ratings that differ (Learner:LeastOfEach).{LeftOut}{OnFiltered}{OfQuarantined}");
        }

        if (Counted.DistinctBy(given => given.Dialogue).Take(2).Count() < 2)
        {
            throw new RefusedException(Refusal.Conflict, "There is not enough to learn from: all feedback is on replies to one and the same dialogue; at least two are needed, one to practise on and one to be judged by.");
        }
    }

    private string OnFiltered => Filtered == 0 ? "" : $" {Filtered} more are on what moderation refused (Moderation:Learn).";

    private string OfQuarantined => Quarantined == 0 ? "" : $" {Quarantined} more are of raters in quarantine (GET /v1/raters).";

    private string LeftOut => (Withheld, OverShare) switch
    {
        (0, 0) => "",
        (0, _) => $" {OverShare} more are of raters who gave more than their share (Learner:MostOfOneRater).",
        _ => $" {Withheld} more wait for an operator, since a version that learned from them was rolled back: POST /v1/versions/ID/release lets them count.",
    };

    /// <summary>
    /// Leaves out what makes one rater's feedback more than <paramref name="share"/> of all that are left, or of the <paramref name="most"/> that are taken of these. Which of a rater's count is drawn by the replies'
    /// ids, so that it's the same each time and none is preferred. With few raters, as in a small team, nobody is cut: there have to be twice as many as
    /// would do with equal shares.
    /// </summary>
    internal static IReadOnlyList<GivenFeedback> WithinShare(IReadOnlyList<GivenFeedback> given, double share, int most = int.MaxValue)
    {
        var counts = given.Where(IsUsers).GroupBy(one => RaterId.Of(one.Said)).ToDictionary(rater => rater.Key, rater => rater.Count());
        if (counts.Count * share < 2)
        {
            return given;
        }

        var vouched = given.Count(one => !IsUsers(one));
        var each = counts.Values.DefaultIfEmpty(0).Max();
        if (each <= 1 || each <= share * Math.Min(most, given.Count))
        {
            return given;
        }

        while (each > 1 && each > share * Math.Min(most, vouched + counts.Values.Sum(count => Math.Min(count, each))))
        {
            each--;
        }

        var kept = given.Where(IsUsers).GroupBy(one => RaterId.Of(one.Said))
            .SelectMany(rater => rater.OrderBy(one => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(one.Said.CompletionId!))), StringComparer.Ordinal).Take(each))
            .ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. given.Where(one => !IsUsers(one) || kept.Contains(one))];
    }

    /// <summary>Whether it was given here; for what was imported an operator vouches.</summary>
    private static bool IsUsers(GivenFeedback given) => given.Said.CompletionId is not null;
}
