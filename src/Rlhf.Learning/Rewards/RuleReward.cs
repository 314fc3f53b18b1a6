using System.Text.RegularExpressions;

namespace Rlhf.Learning.Rewards;

/// <summary>The sum of the rewards of the rules that hold for a reply. Each rule's mean is a figure of its own.</summary>
internal sealed class RuleReward(IReadOnlyList<RewardRule> rules) : IRewardComponent
{
    public IReadOnlyDictionary<string, double> Figures { get; private set; } = new Dictionary<string, double>();

    public double[] Score(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken)
    {
        var scores = new double[replies.Count];
        var figures = new Dictionary<string, double>();
        foreach (var rule in rules)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var held = 0;
            for (var i = 0; i < scores.Length; i++)
            {
                if (!Holds(rule, replies[i]))
                    continue;

                scores[i] += rule.Reward;
                held++;
            }

            figures[rule.Name] = rule.Reward * held / scores.Length;
        }

        Figures = figures;
        return scores;
    }

    private static bool Holds(RewardRule rule, RewardedReply reply)
    {
        try
        {
            return rule.Holds(reply.Text, reply.Ended);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new RewardComponentException(RewardSum.Rules, $"the pattern of the rule '{rule.Name}' took longer than {e.MatchTimeout.TotalSeconds:0} s on a reply of {reply.Text.Length} characters.", e) { IsTransient = false };
        }
    }
}
