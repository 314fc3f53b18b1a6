namespace Rlhf.Inference.Tests;

public sealed class DrainRateTests
{
    private readonly DrainRate _rate = new();

    [Fact]
    public void ALine_TakesAsManyIntervalsAsItIsLong()
    {
        _rate.Waits(Second(0));
        _rate.Released(Second(2), waiting: true);
        _rate.Released(Second(4), waiting: true);
        Assert.Equal(6, _rate.TimeFor(3, Second(4)).TotalSeconds, 1e-6);
    }

    [Fact]
    public void WhileNobodyWaits_NothingIsLearned()
    {
        _rate.Waits(Second(0));
        _rate.Released(Second(1), waiting: false);
        _rate.Released(Second(500), waiting: false);
        _rate.Waits(Second(900));
        _rate.Released(Second(901), waiting: true);
        Assert.Equal(5, _rate.TimeFor(5, Second(901)).TotalSeconds, 1e-6);
    }

    [Fact]
    public void APause_CountsBeforeItIsOver()
    {
        Assert.Equal(0, _rate.TimeFor(5, Second(0)).TotalSeconds);
        _rate.Waits(Second(0));
        Assert.Equal(8, _rate.TimeFor(1, Second(8)).TotalSeconds, 1e-6);
    }

    [Fact]
    public void AGuess_IsAtMostAMinute()
    {
        _rate.Waits(Second(0));
        _rate.Released(Second(30), waiting: true);
        Assert.Equal(60, _rate.TimeFor(100, Second(30)).TotalSeconds);
    }

    private static TimeSpan Second(double seconds) => TimeSpan.FromSeconds(seconds);
}
