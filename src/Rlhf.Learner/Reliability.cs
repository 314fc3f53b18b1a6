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

    /// <summary>The weight of each rater's feedback.</summary>
    /// <param name="feedback">What each rater says in the end. Imported replies have no others' judgements to be compared with.</param>
    /// <returns>Weights from <see cref="Least"/> to 1, by <see cref="RaterId"/>.</returns>
    public static Dictionary<string, double> Weights(IReadOnlyList<FeedbackEvent> feedback)
    {
        var opinions = feedback.Select(said => (Reply: said.CompletionId, Rater: RaterId.Of(said), Up: Opinion(said)))
            .Where(opinion => opinion is { Reply: not null, Up: not null }).DistinctBy(opinion => (opinion.Reply, opinion.Rater)).ToList(); // who says it in two ways agrees with nobody but themselves
        var replies = opinions.GroupBy(opinion => opinion.Reply!)
            .ToDictionary(reply => reply.Key, reply => (Up: reply.Count(opinion => opinion.Up is true), Down: reply.Count(opinion => opinion.Up is false)));
        var own = opinions.ToLookup(opinion => opinion.Rater);
        return feedback.Select(RaterId.Of).Distinct().ToDictionary(rater => rater, rater =>
        {
            long agreed = 0, disagreed = 0;
            foreach (var opinion in own[rater])
            {
                var (up, down) = replies[opinion.Reply!];
                agreed += (opinion.Up is true ? up : down) - 1;
                disagreed += opinion.Up is true ? down : up;
            }

            return Weight(agreed, disagreed);
        });
    }

    /// <summary>Whether somebody likes the reply; null where that isn't said, as by three stars, or not of the reply alone.</summary>
    private static bool? Opinion(FeedbackEvent said) => said switch
    {
        { Content.Share: not null } => null,
        { Kind: FeedbackKind.Thumbs } => said.Up,
        { Kind: FeedbackKind.Accepted } => said.Content?.Positive,
        { Kind: FeedbackKind.Rating, Content.Stars: { } stars and not 3 } => stars > 3,
        { Kind: FeedbackKind.Report } => false,
        _ => null,
    };

    /// <summary>The posterior mean of the rate of agreement under a Beta(4, 1) prior, stretched so that chance (½)
    /// gives nothing and 0.8 gives 1: with two raters of 25 % noise each, agreement is 0.625.</summary>
    public static double Weight(long agreed, long disagreed)
    {
        var rate = (agreed + PriorAgreed) / (agreed + disagreed + PriorCompared);
        return Math.Clamp((rate - 0.5) / 0.3, Least, 1);
    }
}
