namespace Rlhf.Learning.Evaluation;

/// <summary>What replies look like, whatever they are worth.</summary>
/// <param name="Length">Mean tokens of a reply.</param>
/// <param name="Distinct">Different 2-grams of tokens over all 2-grams, all replies together.</param>
/// <param name="EndRate">Share of replies that ended by themselves.</param>
public sealed record ReplyStatistics(double Length, double Distinct, double EndRate)
{
    /// <summary>Measures replies.</summary>
    /// <param name="replies">The tokens of each reply, at least one reply.</param>
    /// <param name="ended">Whether each ended by itself.</param>
    public static ReplyStatistics Of(IReadOnlyList<int[]> replies, IReadOnlyList<bool> ended)
    {
        if (replies.Count == 0 || replies.Count != ended.Count)
            throw new ArgumentException($"There are {replies.Count} replies and {ended.Count} ends; there must be as many of each, and one at least.", nameof(ended));

        var pairs = new HashSet<(int, int)>();
        int total = 0;
        foreach (int[] reply in replies)
        {
            for (int t = 1; t < reply.Length; t++)
                pairs.Add((reply[t - 1], reply[t]));
            total += Math.Max(0, reply.Length - 1);
        }

        return new ReplyStatistics(
            replies.Average(reply => (double)reply.Length),
            total == 0 ? 0 : pairs.Count / (double)total,
            ended.Count(e => e) / (double)ended.Count);
    }
}
