namespace Rlhf.Inference.Tests;

public sealed class StepWidthTests
{
    [Fact]
    public void TheFasterWay_IsTakenForAlmostAllSteps()
    {
        Assert.InRange(ShareOfAll(new StepWidth(2), steps: 20_000, all: 1, one: 1.8), 0.98, 1);
        Assert.InRange(ShareOfAll(new StepWidth(2), steps: 20_000, all: 5, one: 1.8), 0, 0.02);
    }

    [Fact]
    public void WhenTheMachineFillsOrEmpties_TheWayChanges()
    {
        var width = new StepWidth(2);
        ShareOfAll(width, steps: 5_000, all: 1, one: 1.8);
        ShareOfAll(width, steps: 3_000, all: 9, one: 3);
        Assert.InRange(ShareOfAll(width, steps: 1_000, all: 9, one: 3), 0, 0.05);
        ShareOfAll(width, steps: 3_000, all: 1, one: 1.8);
        Assert.InRange(ShareOfAll(width, steps: 1_000, all: 1, one: 1.8), 0.95, 1);
    }

    [Fact]
    public void StepsThatWereHeldUp_DecideNothing()
    {
        var random = new Random(1);
        var width = new StepWidth(2);
        int together = 0;
        for (int i = 0; i < 20_000; i++)
        {
            bool all = width.Choose(8) > 1;
            together += all ? 1 : 0;
            width.Learn(8, (all ? 1 : 1.7) + (random.NextDouble() < 0.05 ? 60 : 0));
        }

        Assert.InRange(together / 20_000.0, 0.95, 1);
    }

    [Fact]
    public void SmallAndLargeSteps_AreJudgedApart()
    {
        var width = new StepWidth(4);
        for (int i = 0; i < 5_000; i++)
        {
            width.Learn(1, width.Choose(1) == 4 ? 3 : 1);
            width.Learn(64, width.Choose(64) == 4 ? 30 : 100);
        }

        Assert.Equal((1, 4), (width.Choose(1), width.Choose(64)));
    }

    [Fact]
    public void ASingleThread_IsAlwaysAlone() => Assert.Equal(0, ShareOfAll(new StepWidth(1), steps: 1_000, all: 1, one: 9));

    private static double ShareOfAll(StepWidth width, int steps, double all, double one)
    {
        int chosen = 0;
        for (int i = 0; i < steps; i++)
        {
            bool together = width.Choose(8) > 1;
            chosen += together ? 1 : 0;
            width.Learn(8, together ? all : one);
        }

        return (double)chosen / steps;
    }
}
