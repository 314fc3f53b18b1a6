using System.Diagnostics;
using System.Globalization;
using Rlhf.Benchmarks.Decoding;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>What a number of events took.</summary>
/// <param name="PerSecond">Events a second.</param>
/// <param name="Processor">The processor's time that the process took, microseconds an event: what a busy machine changes least.</param>
internal sealed record Cost(double PerSecond, double Processor)
{
    /// <summary>Measures what this process does.</summary>
    public static async Task<Cost> OfAsync(int events, Func<Task> work)
    {
        using var here = Process.GetCurrentProcess();
        return await OfAsync(here, events, work);
    }

    /// <summary>Measures what another process does.</summary>
    public static async Task<Cost> OfAsync(Process process, int events, Func<Task> work)
    {
        process.Refresh();
        var processor = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        await work();
        var seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        return new Cost(events / seconds, (process.TotalProcessorTime - processor).TotalMicroseconds / events);
    }

    /// <summary>Prints what several runs took, and returns it.</summary>
    public static object Print(string what, IReadOnlyList<Cost> costs, IReadOnlyList<Cost>? bare = null)
    {
        var rate = Spread.Of(costs.Select(cost => cost.PerSecond));
        var processor = Spread.Of(costs.Select(cost => cost.Processor));
        var share = bare is null ? null : Spread.Of(costs.Zip(bare, (cost, alone) => cost.PerSecond / alone.PerSecond));
        var beside = share is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {share.Median:P0} ({share.Low:P0} - {share.High:P0}) of bare SQLite");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-25} {rate.Median,9:N0} ({rate.Low:N0} - {rate.High:N0}) events/s, {processor.Median:F0} us of processor each{beside}"));
        return new { per_s = rate, processor_us = processor, share };
    }
}
