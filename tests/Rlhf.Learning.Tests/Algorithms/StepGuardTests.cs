using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Tests.Algorithms;

public sealed class StepGuardTests
{
    [Fact]
    public void A_step_that_is_not_finite_is_dropped_and_counted()
    {
        var guard = new StepGuard();

        Assert.True(guard.Allows("step", 1, 2));
        Assert.False(guard.Allows("step", 1, double.NaN));
        Assert.False(guard.Allows("step", double.PositiveInfinity));
        Assert.True(guard.Allows("step", 0));
        Assert.Equal(2, guard.DroppedSteps);
    }

    [Fact]
    public void A_score_that_is_not_finite_is_no_step()
    {
        var guard = new StepGuard(droppedSteps: 2, inARow: 2);

        guard.CountDroppedScores(3);

        Assert.Equal((3, 2, 2), (guard.DroppedScores, guard.DroppedSteps, guard.InARow));
    }

    [Fact]
    public void Three_in_a_row_stop_the_run()
    {
        var guard = new StepGuard();
        guard.Allows("first", double.NaN);
        guard.Allows("second", double.NaN);

        var error = Assert.Throws<NonFiniteTrainingException>(() => guard.Allows("iteration 7", double.NaN));

        Assert.Contains("iteration 7", error.Message);
    }

    [Fact]
    public void A_good_step_between_starts_the_count_anew()
    {
        var guard = new StepGuard();
        for (var i = 0; i < 10; i++)
        {
            Assert.False(guard.Allows("bad", double.NaN));
            Assert.False(guard.Allows("bad", double.NaN));
            Assert.True(guard.Allows("good", 1));
        }

        Assert.Equal(20, guard.DroppedSteps);
    }
}
