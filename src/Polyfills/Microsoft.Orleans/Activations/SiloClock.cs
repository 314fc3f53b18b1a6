namespace Orleans.Runtime;

/// <summary>The silo's coarse clock: read on every call, so reading it must cost nothing. Housekeeping moves it.</summary>
internal sealed class SiloClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private long _ticks;

    public TimeSpan Now => new(Volatile.Read(ref _ticks));

    public TimeSpan Advance()
    {
        Volatile.Write(ref _ticks, time.GetElapsedTime(_start).Ticks);
        return Now;
    }
}
