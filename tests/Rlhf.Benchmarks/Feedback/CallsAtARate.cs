using System.Diagnostics;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>How long calls took that came at a rate of their own, from when each was due: one that had to wait until it could be made has waited.</summary>
/// <param name="PerSecond">Answers a second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Max">Milliseconds.</param>
internal sealed record CallsAtARate(double PerSecond, double P50, double P99, double Max)
{
    /// <summary>Makes <paramref name="rate"/> calls a second for a while, whether or not the former are answered.</summary>
    /// <param name="rate">Calls a second.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="call">Makes the n-th call.</param>
    public static async Task<CallsAtARate> RunAsync(int rate, int seconds, Func<int, Task> call)
    {
        var calls = new List<Task<double>>(rate * seconds);
        var clock = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (calls.Count < rate * seconds && await tick.WaitForNextTickAsync())
        {
            for (var due = Math.Min(1 + (int)(clock.Elapsed.TotalSeconds * rate), rate * seconds); calls.Count < due;)
                calls.Add(TimedAsync(calls.Count));
        }

        double[] times = [.. (await Task.WhenAll(calls)).Order()];
        return new CallsAtARate(times.Length / clock.Elapsed.TotalSeconds, At(0.5), At(0.99), At(1));

        double At(double share) => times[(int)(share * (times.Length - 1))];

        async Task<double> TimedAsync(int n)
        {
            await call(n);
            return clock.Elapsed.TotalMilliseconds - (1000.0 * n / rate);
        }
    }
}
