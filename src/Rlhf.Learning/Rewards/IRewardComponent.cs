namespace Rlhf.Learning.Rewards;

/// <summary>One term of the reward.</summary>
internal interface IRewardComponent
{
    /// <summary>The score of each reply, in the replies' order. Blocks until all are there.</summary>
    /// <exception cref="RewardComponentException">A score can't be had; nothing is scored then.</exception>
    double[] Score(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken);

    /// <summary>Figures of the last batch beside its mean, by the end of their names.</summary>
    IReadOnlyDictionary<string, double> Figures => new Dictionary<string, double>();
}
