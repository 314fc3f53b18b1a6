using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;

namespace Rlhf.Benchmarks;

/// <summary>Answers at once.</summary>
public interface IPingGrain : IGrainWithIntegerKey
{
    /// <summary>Does nothing.</summary>
    ValueTask Ping();

    /// <summary>Gives back what it gets.</summary>
    Task<long> Echo(long value);
}

/// <inheritdoc cref="IPingGrain"/>
public sealed class PingGrain : Grain, IPingGrain
{
    /// <inheritdoc/>
    public ValueTask Ping() => default;

    /// <inheritdoc/>
    public Task<long> Echo(long value) => Task.FromResult(value);
}

/// <summary>Grain calls per second in one silo: concurrent callers, each calling a grain of its own one call after another.</summary>
internal static class GrainCalls
{
    private const int Callers = 200;
    private const int Runs = 5;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_run = TimeSpan.FromSeconds(2);

    /// <summary>The command that asks for it.</summary>
    public static Command Command()
    {
        var traceable = new Option<bool>("--traceable") { Description = "Calls that carry a trace while somebody listens, which here nobody does." };
        var json = CommonOptions.Json();
        var command = new Command("calls", "Grain calls per second in one silo.") { traceable, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(traceable), parsed.GetValue(json)?.FullName));
        return command;
    }

    /// <summary>Prints the rates. Beside the clock's stands the processor's, which a busy machine does not change.</summary>
    private static async Task<int> RunAsync(bool traceable, string? json)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            if (traceable)
            {
                silo.AddActivityPropagation();
            }
        });
        using var host = builder.Build();
        await host.StartAsync();
        var factory = host.Services.GetRequiredService<IGrainFactory>();
        var grains = Enumerable.Range(0, Callers).Select(i => factory.GetGrain<IPingGrain>(i)).ToArray();

        Console.WriteLine("method  calls/s (lowest - highest of 5)  calls per processor second  bytes/call");
        var rows = new List<object>();
        foreach ((string name, Func<IPingGrain, Task> call) in ((string, Func<IPingGrain, Task>)[])[
            ("Ping", static grain => grain.Ping().AsTask()),
            ("Echo", static grain => grain.Echo(7))])
        {
            await MeasureAsync(grains, call, s_warmUp);
            var runs = new List<Rate>();
            for (var run = 0; run < Runs; run++)
            {
                runs.Add(await MeasureAsync(grains, call, s_run));
            }

            runs.Sort((a, b) => a.PerSecond.CompareTo(b.PerSecond));
            Rate median = runs[Runs / 2];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-6}  {median.PerSecond:N0} ({runs[0].PerSecond:N0} - {runs[^1].PerSecond:N0})  {median.PerProcessorSecond:N0}  {median.BytesPerCall:N0}"));
            rows.Add(new
            {
                method = name,
                calls_per_s = median.PerSecond,
                lowest = runs[0].PerSecond,
                highest = runs[^1].PerSecond,
                calls_per_processor_s = median.PerProcessorSecond,
            });
        }

        await host.StopAsync();
        if (json is not null)
        {
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { grain_calls = rows }));
        }

        return 0;
    }

    private static async Task<Rate> MeasureAsync(IPingGrain[] grains, Func<IPingGrain, Task> call, TimeSpan length)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var bytes = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(grains.Select(grain => Task.Run(async () =>
        {
            long count = 0;
            for (; watch.Elapsed < length; count += 10)
            {
                for (var i = 0; i < 10; i++)
                {
                    await call(grain);
                }
            }

            return count;
        })));
        double total = counts.Sum();
        return new(
            total / watch.Elapsed.TotalSeconds,
            total / (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
            (GC.GetTotalAllocatedBytes() - bytes) / total);
    }

    private sealed record Rate(double PerSecond, double PerProcessorSecond, double BytesPerCall);
}
