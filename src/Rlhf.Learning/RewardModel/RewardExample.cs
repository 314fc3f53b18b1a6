using Rlhf.Learning.Data;

namespace Rlhf.Learning.RewardModel;

/// <summary>Human feedback on one reply or on several to the same prompt. Scores are log-odds of being liked.</summary>
/// <param name="Weight">The rater's reliability; 0 leaves the example out.</param>
/// <param name="Group">Examples of one group are never split between training and held-out data.</param>
public abstract record RewardExample(double Weight, string Group)
{
    /// <summary>The replies it is about.</summary>
    public abstract IReadOnlyList<RewardInput> Inputs { get; }

    /// <summary>What the reward model learns from a judgement: nothing of a demonstration.</summary>
    internal static IEnumerable<RewardExample> Of(Judgement judgement, RewardEncoder encoder) => judgement switch
    {
        ThumbedReply thumb => [new ThumbExample(encoder.Encode(thumb.Context, thumb.Reply), thumb.Up, thumb.Weight, thumb.Group)],
        StarredReply rated => [new RatingExample(encoder.Encode(rated.Context, rated.Reply), rated.Stars, rated.Weight, rated.Group)],
        RankedReplies ranked => RankingExample.Of(ranked, encoder),
        _ => [],
    };

    /// <summary>The loss of one score a reply, in nats, with its slope in each score and threshold.</summary>
    /// <param name="scores">One score a reply.</param>
    /// <param name="terms">What the losses share.</param>
    /// <param name="slopes">Receives the slope in each score.</param>
    /// <param name="thresholdSlopes">The slope in each threshold is added here.</param>
    internal abstract double Loss(ReadOnlySpan<double> scores, in LossTerms terms, Span<double> slopes, Span<double> thresholdSlopes);
}

/// <summary>What the losses share.</summary>
/// <param name="Thresholds">Log-odds at which one more star is as likely as not, ascending.</param>
/// <param name="Centring">How strongly rankings pull the scores to mean 0.</param>
internal readonly record struct LossTerms(double[] Thresholds, double Centring);

/// <summary>A thumb: binary cross-entropy on the score.</summary>
/// <param name="Input">The reply.</param>
/// <param name="Up">True for a thumb up.</param>
/// <param name="Weight">The rater's reliability.</param>
/// <param name="Group">See <see cref="RewardExample"/>.</param>
public sealed record ThumbExample(RewardInput Input, bool Up, double Weight, string Group) : RewardExample(Weight, Group)
{
    /// <inheritdoc/>
    public override IReadOnlyList<RewardInput> Inputs => [Input];

    internal override double Loss(ReadOnlySpan<double> scores, in LossTerms terms, Span<double> slopes, Span<double> thresholdSlopes) =>
        PreferenceLoss.Thumb(scores[0], Up, out slopes[0]);
}

/// <summary>A rating: ordinal regression on the score.</summary>
/// <param name="Input">The reply.</param>
/// <param name="Stars">From 1 to <see cref="MostStars"/>.</param>
/// <param name="Weight">The rater's reliability.</param>
/// <param name="Group">See <see cref="RewardExample"/>.</param>
public sealed record RatingExample(RewardInput Input, int Stars, double Weight, string Group) : RewardExample(Weight, Group)
{
    /// <summary>The best rating.</summary>
    public const int MostStars = 5;

    /// <summary>The rating, checked.</summary>
    public int Stars { get; } = Stars is >= 1 and <= MostStars
        ? Stars
        : throw new ArgumentOutOfRangeException(nameof(Stars), Stars, $"A rating lies between 1 and {MostStars}.");

    /// <inheritdoc/>
    public override IReadOnlyList<RewardInput> Inputs => [Input];

    internal override double Loss(ReadOnlySpan<double> scores, in LossTerms terms, Span<double> slopes, Span<double> thresholdSlopes) =>
        PreferenceLoss.Rating(scores[0], Stars, terms.Thresholds, out slopes[0], thresholdSlopes);
}

/// <summary>Replies to one prompt, best first: Plackett-Luce on the scores, which for two is Bradley-Terry.</summary>
/// <param name="Replies">At least two, best first.</param>
/// <param name="Margin">By how much a better reply's score should lead: the losers get it on top.</param>
/// <param name="Weight">The rater's reliability.</param>
/// <param name="Group">See <see cref="RewardExample"/>.</param>
public sealed record RankingExample(IReadOnlyList<RewardInput> Replies, double Margin, double Weight, string Group) : RewardExample(Weight, Group)
{
    /// <summary>The replies, checked.</summary>
    public IReadOnlyList<RewardInput> Replies { get; } = Replies.Count >= 2
        ? Replies
        : throw new ArgumentException($"A ranking of {Replies.Count} replies says nothing; two are needed.", nameof(Replies));

    /// <inheritdoc/>
    public override IReadOnlyList<RewardInput> Inputs => Replies;

    /// <summary>A ranking without ties is one example. Ties are half of one each way: two orders of half the weight, in which tied replies stand the other way
    /// round, so that each pair of them counts half for either. (Davidson 1970 and Rao and Kupper 1967 give ties a parameter of their own; what it says of the
    /// scores is the same, that tied ones are near each other.)</summary>
    internal static IEnumerable<RewardExample> Of(RankedReplies ranked, RewardEncoder encoder)
    {
        var places = ranked.Replies.GroupBy(reply => reply.Rank).OrderBy(place => place.Key)
            .Select(place => place.Select(reply => encoder.Encode(ranked.Context, reply.Text)).ToArray()).ToArray();
        RewardInput[] order = [.. places.SelectMany(place => place)];
        return places.Length == ranked.Replies.Count
            ? [new RankingExample(order, Margin: 0, ranked.Weight, ranked.Group)]
            : [
                new RankingExample(order, Margin: 0, ranked.Weight / 2, ranked.Group),
                new RankingExample([.. places.SelectMany(place => place.Reverse())], Margin: 0, ranked.Weight / 2, ranked.Group),
            ];
    }

    internal override double Loss(ReadOnlySpan<double> scores, in LossTerms terms, Span<double> slopes, Span<double> thresholdSlopes) =>
        PreferenceLoss.Ranking(scores, Margin, terms.Centring, slopes);
}
