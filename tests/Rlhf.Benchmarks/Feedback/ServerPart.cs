using System.Diagnostics;
using System.Globalization;
using Rlhf.Benchmarks.Serving;
using Rlhf.Inference;
using Rlhf.Server.Hosting;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>
/// A server process on the demo model with its default settings, its clients on the same cores: what many open conversations weigh, and how
/// fast thumbs on them and imports become durable over HTTP.
/// </summary>
internal static class ServerPart
{
    private const int Clients = 64;
    private const int Importers = 4;
    private const int ImportBatches = 40;

    /// <summary>Measures; prints and returns the figures.</summary>
    public static async Task<object> RunAsync(FeedbackArguments asked)
    {
        var folder = new ModelOptions().Folder;
        await using var server = await ServerUnderTest.StartAsync(folder, BaseModel.Load(folder), []);
        using var client = new FeedbackClient(server.Address);
        var fresh = await MemoryAsync(server.Process, client);
        Print("fresh server", fresh);

        var clock = Stopwatch.StartNew();
        await SideBySideAsync(Clients, asked.Conversations, client.OpenAsync);
        var opening = clock.Elapsed.TotalSeconds;
        var opened = await MemoryAsync(server.Process, client);
        Print(string.Create(CultureInfo.InvariantCulture, $"{asked.Conversations:N0} conversations open, after {opening:N0} s"), opened);

        var pressed = new List<Cost>();
        var rated = new List<CallsAtARate>();
        var imported = new List<Cost>();
        for (var run = 0; run < asked.Runs; run++)
        {
            var up = run % 2 == 0;
            pressed.Add(await Cost.OfAsync(server.Process, asked.Conversations, () => SideBySideAsync(Clients, asked.Conversations, n => client.RateAsync(n, up))));
            rated.Add(await CallsAtARate.RunAsync(CallsPart.PerSecond, asked.Seconds, n => client.RateAsync(n % asked.Conversations, !up)));
            byte[][] bodies = [.. Thumbs.Batches(ImportBatches).Select(FeedbackClient.Import)];
            imported.Add(await Cost.OfAsync(server.Process, ImportBatches * Thumbs.BatchSize, () => SideBySideAsync(Importers, bodies.Length, n => client.ImportAsync(bodies[n]))));
        }

        var thumbs = Cost.Print($"thumbs of {Clients} clients", pressed);
        var calls = CallsPart.Print("thumbs at a rate", rated);
        var imports = Cost.Print($"imports of {Importers} clients", imported);
        var rating = await MemoryAsync(server.Process, client);
        Print("after all thumbs", rating);
        return new { conversations = asked.Conversations, opening_s = opening, fresh, opened, rated = rating, thumbs, thumbs_at_a_rate = calls, imports };
    }

    private static void Print(string what, Memory memory) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what}: working set {memory.WorkingSetMib:N0} MiB, at most {memory.PeakMib:N0}; managed heap {memory.HeapMib:N0} MiB after the last collection"));

    private static async Task<Memory> MemoryAsync(Process process, FeedbackClient client)
    {
        const double mebi = 1024 * 1024;
        process.Refresh();
        return new Memory(process.WorkingSet64 / mebi, process.PeakWorkingSet64 / mebi, await client.ManagedHeapAsync() / mebi);
    }

    private static Task SideBySideAsync(int clients, int calls, Func<int, Task> call)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (var n = Interlocked.Increment(ref next); n < calls; n = Interlocked.Increment(ref next))
                await call(n);
        })));
    }

    private sealed record Memory(double WorkingSetMib, double PeakMib, double HeapMib);
}
