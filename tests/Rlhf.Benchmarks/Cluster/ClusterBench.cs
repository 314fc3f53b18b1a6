using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Rlhf.Benchmarks.Cluster;

/// <summary>Takes a cluster of real processes apart while people chat and press thumbs: how long it takes until every conversation answers again,
/// and that nothing acknowledged is lost or doubled.</summary>
internal static class ClusterBench
{
    /// <summary>How silos watch each other where a second counts.</summary>
    private static readonly string[] s_tuned = ["--Clustering:ProbeTimeout=00:00:00.500", "--Clustering:NumMissedProbesLimit=2"];

    /// <summary>Runs it; returns 1 when something was lost or doubled, or the interrupted training's version was not published once.</summary>
    public static async Task<int> RunAsync(ClusterArguments arguments)
    {
        try
        {
            return await MeasureAsync(arguments);
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException or HttpRequestException)
        {
            throw new CommandException(error.Message); // the cluster does not start or stays silent: there is nothing to measure
        }
    }

    private static async Task<int> MeasureAsync(ClusterArguments arguments)
    {
        var clock = Stopwatch.StartNew();
        Console.WriteLine($"membership in {arguments.Clustering}, everything else in azure-tables; default probes");
        TimeSpan byDefault, tuned;
        bool publishedOnce;
        var (failures, lost, doubled) = (0, new List<string>(), new List<string>());
        await using (var life = await ClusterLife.StartAsync(arguments, trains: true))
        {
            publishedOnce = await life.KillLearnerAsync();
            byDefault = await life.KillServingAsync();
            await life.StopStoreAsync();
            await life.StopServingAsync();
            await EndAsync(life);
        }

        Console.WriteLine($"tuned probes: {string.Join(' ', s_tuned)}");
        await using (var life = await ClusterLife.StartAsync(arguments, trains: false, s_tuned))
        {
            tuned = await life.KillServingAsync();
            await EndAsync(life);
        }

        foreach (var what in lost.Concat(doubled))
            Console.WriteLine($"  {what}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"recovery {byDefault.TotalSeconds:F2} s with default probes, {tuned.TotalSeconds:F2} s tuned; {failures} requests failed, {lost.Count} lost, {doubled.Count} doubled; the interrupted training's version was {(publishedOnce ? "" : "not ")}published once; {clock.Elapsed.TotalSeconds:F0} s in all"));
        if (arguments.Json is { } json)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new
            {
                recovery_s = new { @default = byDefault.TotalSeconds, tuned = tuned.TotalSeconds },
                failed_requests = failures,
                lost = lost.Count,
                doubled = doubled.Count,
                published_once = publishedOnce,
            }));
        }

        return lost.Count + doubled.Count == 0 && publishedOnce ? 0 : 1;

        async Task EndAsync(ClusterLife life)
        {
            await life.EndAsync();
            failures += life.Journal.Failures;
            lost.AddRange(life.Check.Lost);
            doubled.AddRange(life.Check.Doubled);
        }
    }
}
