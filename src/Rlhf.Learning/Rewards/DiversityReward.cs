namespace Rlhf.Learning.Rewards;

/// <summary>
/// How different a reply is from the others to the same prompt, from 0 to 1: the mean of its distinct 2-grams (Li et al. 2016) and of 1 − self-BLEU (Zhu et
/// al. 2018). Where a prompt has one reply, as with PPO, it is compared with all replies of the batch: a policy that says one good thing to everybody earns
/// less then, too.
/// </summary>
internal sealed class DiversityReward : IRewardComponent
{
    public double[] Score(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken)
    {
        var grams = replies.Select(reply => new NGramCounts(reply.Text)).ToArray();
        var groups = replies.Index().GroupBy(reply => reply.Item.Prompt, reply => reply.Index).ToDictionary(group => group.Key, group => group.ToArray());
        int[] everything = [.. Enumerable.Range(0, replies.Count)];
        var scores = new double[replies.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var group = groups[replies[i].Prompt] is { Length: > 1 } own ? own : everything;
            scores[i] = Of(grams[i], [.. group.Where(other => other != i).Select(other => grams[other])]);
        }

        return scores;
    }

    internal static double Of(NGramCounts reply, IReadOnlyList<NGramCounts> others) => (Distinct(reply, others) + 1 - SelfBleu(reply, others)) / 2;

    /// <summary>Different 2-grams of the reply that no other reply has, over all its 2-grams; of a reply of one word the word itself, of an empty one 0.</summary>
    internal static double Distinct(NGramCounts reply, IReadOnlyList<NGramCounts> others)
    {
        var n = Math.Min(2, reply.Words);
        return n == 0 ? 0 : reply.Of(n).Keys.Count(gram => others.All(other => !other.Of(n).ContainsKey(gram))) / (double)reply.Total(n);
    }

    /// <summary>
    /// BLEU of the reply with all others as its references (Papineni et al. 2002), up to 4-grams: the geometric mean of the clipped precisions times the brevity
    /// penalty. Beyond single words counts are smoothed by one (Lin and Och 2004), since replies are short. 1 for an empty reply, which adds nothing.
    /// </summary>
    internal static double SelfBleu(NGramCounts reply, IReadOnlyList<NGramCounts> others)
    {
        if (reply.Words == 0)
            return 1;
        if (others.Count == 0)
            return 0;

        double sum = 0;
        var orders = Math.Min(NGramCounts.MostOrder, reply.Words);
        for (var n = 1; n <= orders; n++)
        {
            var matched = reply.Of(n).Sum(gram => Math.Min(gram.Value, others.Max(other => other.Of(n).GetValueOrDefault(gram.Key))));
            var smoothing = n == 1 ? 0 : 1;
            if (matched + smoothing == 0)
                return 0;

            sum += Math.Log((matched + smoothing) / (double)(reply.Total(n) + smoothing));
        }

        var nearest = others.Select(other => other.Words).OrderBy(words => Math.Abs(words - reply.Words)).ThenBy(words => words).First();
        var brevity = reply.Words > nearest ? 1 : Math.Exp(1 - (nearest / (double)reply.Words));
        return brevity * Math.Exp(sum / orders);
    }
}
