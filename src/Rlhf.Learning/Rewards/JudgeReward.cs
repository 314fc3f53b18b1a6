namespace Rlhf.Learning.Rewards;

/// <summary>The AI judge's opinion of each reply, from -1 to 1.</summary>
internal sealed class JudgeReward(JudgeOptions options, string constitution) : IRewardComponent, IDisposable
{
    private readonly AiJudge _judge = new(options, constitution);

    public double[] Score(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken) =>
        (options.Mode == JudgeMode.Pointwise ? _judge.ScoreAsync(replies, cancellationToken) : CompareAsync(replies, cancellationToken)).GetAwaiter().GetResult();

    public void Dispose() => _judge.Dispose();

    /// <summary>The replies to one prompt stand in a ring and each is compared with its two neighbours (of two replies with the other one): the mean of what it wins. The cost grows with
    /// the replies and not with their pairs.</summary>
    private async Task<double[]> CompareAsync(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken)
    {
        int[][] groups = [.. replies.Index().GroupBy(reply => reply.Item.Prompt, reply => reply.Index).Select(group => group.ToArray())];
        if (groups.Any(group => group.Length == 1))
            throw new RewardComponentException(RewardSum.Judge, "a prompt has one reply, which can't be compared; Judge:Mode=Pairwise needs several.") { IsTransient = false };

        (int First, int Second)[] pairs = [.. groups.SelectMany(group => Enumerable.Range(0, group.Length == 2 ? 1 : group.Length).Select(i => (group[i], group[(i + 1) % group.Length])))];
        var verdicts = await _judge.CompareAsync([.. pairs.Select(pair => (replies[pair.First].Context, replies[pair.First].Text, replies[pair.Second].Text))], cancellationToken);
        var (won, compared) = (new double[replies.Count], new int[replies.Count]);
        foreach (var ((first, second), verdict) in pairs.Zip(verdicts))
        {
            won[first] += verdict;
            won[second] -= verdict;
            compared[first]++;
            compared[second]++;
        }

        return [.. won.Zip(compared, (sum, count) => sum / count)];
    }
}
