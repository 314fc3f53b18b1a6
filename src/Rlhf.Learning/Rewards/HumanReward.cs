using Rlhf.Learning.RewardModel;

namespace Rlhf.Learning.Rewards;

/// <summary>What people would say of a reply: the conservative score of the learned reward model, in standard deviations of the reference policy's replies.
/// Reported replies are in it, as thumbs down of the weight that <c>Feedback:ReportWeight</c> gives them.</summary>
internal sealed class HumanReward(RewardEnsemble model) : IRewardComponent
{
    public double[] Score(IReadOnlyList<RewardedReply> replies, CancellationToken cancellationToken) =>
        model.Score([.. replies.Select(reply => model.Encoder.Encode(reply.Context, reply.Text))], cancellationToken);
}
