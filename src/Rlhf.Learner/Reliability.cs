using Rlhf.Contracts;

namespace Rlhf.Learner;

/// <summary>How far raters are to be trusted, by agreement with others on the same replies. It is read from what everybody says in the end: who presses
/// one thumb again and again changes nobody's standing, and a press costs the same however many rated the reply before.</summary>
internal static class Reliability
{
    /// <summary>No rater is silenced by disagreement alone; that is what quarantine is for.</summary>
    public const double Least = 0.05;

    /// <summary>A newcomer counts as if four of five comparisons had agreed, which is full weight.</summary>
    private const double PriorAgreed = 4, PriorCompared = 5;

    /// <summary>The weight of each rater's thumbs.</summary>
    /// <param name="thumbs">One for each rater of each reply. Imported replies have no others' thumbs to be compared with.</param>
    /// <returns>Weights from <see cref="Least"/> to 1, by <see cref="RaterId"/>.</returns>
    public static Dictionary<string, double> Weights(IReadOnlyList<FeedbackEvent> thumbs)
    {
        var replies = thumbs.Where(thumb => thumb.CompletionId is not null).GroupBy(thumb => thumb.CompletionId!)
            .ToDictionary(reply => reply.Key, reply => (Up: reply.Count(thumb => thumb.Up is true), Down: reply.Count(thumb => thumb.Up is false)));
        return thumbs.GroupBy(RaterId.Of).ToDictionary(rater => rater.Key, rater =>
        {
            long agreed = 0, disagreed = 0;
            foreach (var thumb in rater.Where(thumb => thumb.CompletionId is not null))
            {
                var (up, down) = replies[thumb.CompletionId!];
                agreed += (thumb.Up is true ? up : down) - 1;
                disagreed += thumb.Up is true ? down : up;
            }

            return Weight(agreed, disagreed);
        });
    }

    /// <summary>The posterior mean of the rate of agreement under a Beta(4, 1) prior, stretched so that chance (½)
    /// gives nothing and 0.8 gives 1: with two raters of 25 % noise each, agreement is 0.625.</summary>
    public static double Weight(long agreed, long disagreed)
    {
        var rate = (agreed + PriorAgreed) / (agreed + disagreed + PriorCompared);
        return Math.Clamp((rate - 0.5) / 0.3, Least, 1);
    }
}
