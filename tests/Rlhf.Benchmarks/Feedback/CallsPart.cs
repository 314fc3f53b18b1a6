using System.Globalization;
using Rlhf.Benchmarks.Decoding;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>Single calls of the ledger at a rate.</summary>
internal static class CallsPart
{
    /// <summary>Calls a second, of the ledger as over HTTP.</summary>
    public const int PerSecond = 1000;

    private const int Flushes = 1000;

    /// <summary>Measures; prints and returns the figures.</summary>
    public static async Task<object> RunAsync(FeedbackArguments asked)
    {
        await using var disk = new LedgerOnDisk();
        await LedgerOnDisk.AppendAsync(disk.Ledger, Thumbs.Batches(20), callers: 1);
        Row[] rows = [.. disk.Rows().Take(Flushes)];
        var flushes = new List<double[]>();
        var runs = new List<CallsAtARate>();
        for (var run = 0; run < asked.Runs; run++)
        {
            flushes.Add(await BareInsert.FlushesAsync(rows));
            var events = Thumbs.Make(PerSecond * asked.Seconds);
            runs.Add(await CallsAtARate.RunAsync(PerSecond, asked.Seconds, n => disk.Ledger.AppendAsync(events[n])));
        }

        var p50 = Spread.Of(flushes.Select(times => times[Flushes / 2]));
        var p99 = Spread.Of(flushes.Select(times => times[Flushes * 99 / 100]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{"bare SQLite, row by row",-25} p50 {p50.Median:F2} ms ({p50.Low:F2} - {p50.High:F2}), p99 {p99.Median:F2} ms ({p99.Low:F2} - {p99.High:F2})"));
        return new { bare_p50_ms = p50, bare_p99_ms = p99, ledger = Print("single calls", runs) };
    }

    /// <summary>Prints what several runs took, and returns it.</summary>
    public static object Print(string what, IReadOnlyList<CallsAtARate> runs)
    {
        var rate = Spread.Of(runs.Select(run => run.PerSecond));
        var p50 = Spread.Of(runs.Select(run => run.P50));
        var p99 = Spread.Of(runs.Select(run => run.P99));
        var max = runs.Max(run => run.Max);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-25} {rate.Median,9:N0} answers/s at {PerSecond:N0}/s: p50 {p50.Median:F2} ms ({p50.Low:F2} - {p50.High:F2}), p99 {p99.Median:F2} ms ({p99.Low:F2} - {p99.High:F2}), longest {max:F2} ms"));
        return new { per_s = rate, p50_ms = p50, p99_ms = p99, longest_ms = max };
    }
}
