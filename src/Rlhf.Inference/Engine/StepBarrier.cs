namespace Rlhf.Inference;

/// <summary>
/// Where the threads of a step wait for each other. A step has dozens of such meetings, microseconds apart, so a thread first looks again
/// for a moment; then it sleeps, so that an idle engine, or one that shares its cores, burns nothing.
/// </summary>
internal sealed class StepBarrier(int participants)
{
    // About 20 µs.
    private const int Looks = 500;

    private readonly object _sleep = new();
    private int _arrived;
    private int _round;
    private int _sleepers;

    public void Meet()
    {
        int round = Volatile.Read(ref _round);
        if (Interlocked.Increment(ref _arrived) == participants)
        {
            _arrived = 0;
            // A full fence: whoever goes to sleep is counted before it looks at the round a last time.
            Interlocked.Increment(ref _round);
            if (Volatile.Read(ref _sleepers) > 0)
            {
                lock (_sleep)
                    Monitor.PulseAll(_sleep);
            }

            return;
        }

        for (int look = 0; look < Looks; look++)
        {
            if (Volatile.Read(ref _round) != round)
                return;
            Thread.SpinWait(1);
        }

        lock (_sleep)
        {
            Interlocked.Increment(ref _sleepers);
            while (Volatile.Read(ref _round) == round)
                Monitor.Wait(_sleep);
            Interlocked.Decrement(ref _sleepers);
        }
    }
}
