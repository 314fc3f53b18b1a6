namespace Rlhf.Learning.Algorithms;

/// <summary>Rewards measured against those of other replies to the same prompt.</summary>
internal static class Groups
{
    /// <summary>Compares each reward with those of its group, itself among them; one that is alone with all rewards.</summary>
    public static double[] Compare(IReadOnlyList<double> rewards, IReadOnlyList<int> groups, Func<double, IReadOnlyList<double>, double> compare)
    {
        var members = rewards.Zip(groups).GroupBy(pair => pair.Second, pair => pair.First).ToDictionary(group => group.Key, group => group.ToArray());
        return [.. rewards.Select((reward, i) => compare(reward, members[groups[i]] is { Length: > 1 } group ? group : rewards))];
    }
}
