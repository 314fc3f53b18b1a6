using Rlhf.Learning.Torch;

namespace Rlhf.Learning.Tests.Torch;

public sealed class LearningRateScheduleTests
{
    private readonly LearningRateSchedule _schedule = new(Peak: 0.01, Warmup: 10, Steps: 110);

    [Fact]
    public void Rises_to_the_peak_over_the_warm_up()
    {
        Assert.Equal(0.001, _schedule.At(0), 1e-12);
        Assert.Equal(0.01, _schedule.At(9), 1e-12);
    }

    [Fact]
    public void Falls_to_nothing_behind_the_last_step()
    {
        Assert.Equal(0.01, _schedule.At(10), 1e-12);
        Assert.Equal(0.005, _schedule.At(60), 1e-12);
        Assert.Equal(0.0001, _schedule.At(109), 1e-12);
    }
}
