namespace Rlhf.Learning.Algorithms;

/// <summary>Rewards measured against those of other replies to the same prompt.</summary>
internal static class Groups
{
    /// <summary>
    /// Each reply's reward less the mean of the others of its group (leave-one-out; Kool et al. 2019). A reply that is alone is measured
    /// against all others.
    /// </summary>
    public static double[] LeaveOneOut(IReadOnlyList<double> rewards, IReadOnlyList<int> groups)
        => Against(rewards, groups, (reward, group) => (group.Sum() - reward) / (group.Count - 1) is var baseline && group.Count > 1 ? reward - baseline : 0);

    /// <summary>Each reply's reward less its group's mean, divided by the group's sample deviation (DeepSeekMath, section 4.1.2).</summary>
    public static double[] Normalised(IReadOnlyList<double> rewards, IReadOnlyList<int> groups)
    {
        const double least = 1e-4;    // TRL's: a group of equal rewards teaches nothing and must not blow up.
        return Against(rewards, groups, (reward, group) =>
        {
            var mean = group.Average();
            var deviation = group.Count > 1 ? Math.Sqrt(group.Sum(r => (r - mean) * (r - mean)) / (group.Count - 1)) : 0;
            return (reward - mean) / (deviation + least);
        });
    }

    private static double[] Against(IReadOnlyList<double> rewards, IReadOnlyList<int> groups, Func<double, IReadOnlyList<double>, double> measure)
    {
        var members = rewards.Zip(groups).GroupBy(pair => pair.Second, pair => pair.First).ToDictionary(group => group.Key, group => group.ToArray());
        return [.. rewards.Select((reward, i) => measure(reward, members[groups[i]] is { Length: > 1 } group ? group : rewards))];
    }
}
