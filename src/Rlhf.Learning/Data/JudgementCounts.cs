namespace Rlhf.Learning.Data;

/// <summary>How many judgements of each kind count, by which it shows whether a reward model can be made of them.</summary>
/// <param name="Up">Thumbs up.</param>
/// <param name="Down">Thumbs down.</param>
/// <param name="Stars">Ratings; 0 where all are the same.</param>
/// <param name="Orders">Comparisons and corrections that put one reply above another.</param>
public readonly record struct JudgementCounts(int Up, int Down, int Stars, int Orders)
{
    /// <summary>Counts those that weigh something.</summary>
    public static JudgementCounts Of(IEnumerable<Judgement> judgements)
    {
        Judgement[] counted = [.. judgements.Where(judgement => judgement.Weight > 0)];
        int[] stars = [.. counted.OfType<StarredReply>().Select(rated => rated.Stars)];
        return new JudgementCounts(
            counted.OfType<ThumbedReply>().Count(thumb => thumb.Up),
            counted.OfType<ThumbedReply>().Count(thumb => !thumb.Up),
            stars.Distinct().Skip(1).Any() ? stars.Length : 0,
            counted.OfType<RankedReplies>().Count(ranked => ranked.HasOrder));
    }

    /// <summary>Whether one kind alone suffices: so many thumbs each way, so many orders, or twice as many ratings.</summary>
    public bool Suffice(int least) => (Up >= least && Down >= least) || Orders >= least || Stars >= 2 * least;

    /// <summary>The counts in words.</summary>
    public override string ToString() => FormattableString.Invariant($"{Up} thumbs up and {Down} down, {Stars} ratings that differ, {Orders} comparisons or corrections");
}
