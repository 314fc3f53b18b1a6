using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class GroupsTests
{
    private static readonly double[] Rewards = [1, 2, 6, 10, 20, -1];
    private static readonly int[] Of = [0, 0, 0, 1, 1, 7];

    [Fact]
    public void A_reply_is_measured_against_the_mean_of_the_others_to_its_prompt()
        => Assert.Equal([1 - 4.0, 2 - 3.5, 6 - 1.5, -10.0, 10.0], Rloo.LeaveOneOut(Rewards, Of)[..5]);

    [Fact]
    public void A_reply_that_is_alone_is_measured_against_all_others()
        => Assert.Equal(-1 - (39 / 5.0), Rloo.LeaveOneOut(Rewards, Of)[5], 1e-12);

    [Fact]
    public void Leave_one_out_advantages_of_a_group_add_up_to_nothing()
        => Assert.Equal(0, Rloo.LeaveOneOut([3, 1, 4, 1], [2, 2, 2, 2]).Sum(), 1e-12);

    // statistics.stdev([1, 2, 6]) is 2.6457513110645907.
    [Fact]
    public void Normalised_advantages_are_in_sample_deviations_from_the_groups_mean()
        => Assert.Equal([-2 / 2.6458513, -1 / 2.6458513, 3 / 2.6458513], Grpo.Normalise(Rewards, Of)[..3], (a, b) => Math.Abs(a - b) < 1e-6);

    [Fact]
    public void A_group_of_equal_rewards_teaches_nothing()
        => Assert.All(Grpo.Normalise([0.7, 0.7, 0.7], [1, 1, 1]), advantage => Assert.Equal(0, advantage, 1e-9));
}
