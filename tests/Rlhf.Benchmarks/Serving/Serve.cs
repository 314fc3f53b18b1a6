using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rlhf.Grains.Serving;
using Rlhf.Inference;
using Rlhf.Server.Hosting;

namespace Rlhf.Benchmarks.Serving;

/// <summary>
/// What streaming clients see of a real server on the demo model, beside what the bare engine does with the same requests in turn with it;
/// and what they notice while version after version is pushed.
/// </summary>
internal static class Serve
{
    private const int Rounds = 5;
    private const int PushReaders = 16;
    private const int Versions = 12;
    private static readonly int[] s_readers = [1, 4, 16, 64];
    private static readonly TimeSpan s_betweenPushes = TimeSpan.FromMilliseconds(250);

    /// <summary>The command that asks for it.</summary>
    public static Command Command()
    {
        var threads = CommonOptions.Number("--threads", "The engine's threads.", new ServingOptions().Threads, 1, 1024);
        var seconds = CommonOptions.Number("--seconds", "How long each of the runs in turn takes.", 2.0, 0.1, 3600);
        var json = CommonOptions.Json();
        var command = new Command("serve", "What streaming clients see of a server, beside what the bare engine does.") { threads, seconds, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(threads), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(json)?.FullName));
        return command;
    }

    private static async Task<int> RunAsync(int threads, TimeSpan run, string? json)
    {
        var folder = new ModelOptions().Folder;
        var model = BaseModel.Load(folder);
        var versions = Enumerable.Range(1, Versions).Select(i => ($"v{i}", Adapters.Random(model.Config, i))).ToList();
        var options = new DecodeOptions { Threads = threads, MaxBatch = s_readers[^1] };
        using var bare = new BareEngine(model, versions[^1].Item2, options);
        await using var server = await ServerUnderTest.StartAsync(folder, model, versions, $"--Serving:Threads={threads}", $"--Serving:MaxBatch={options.MaxBatch}");
        using var client = new ChatClient(server.Address);
        using var here = Process.GetCurrentProcess();
        var orders = 0;

        await Load.RunAsync(4, 2 * run, server.Process, n => client.AskAsync(n)); // warm-up
        var warm = await Load.RunAsync(4, run, here, n => bare.AskAsync(n));
        Console.WriteLine($"{model.Config.ParameterCount:N0} parameters, {threads} engine threads, LoRA of rank 8; replies of {warm.TokensPerReply:F0} tokens; times in ms; medians of {Rounds} rounds (lowest - highest)");
        Console.WriteLine("streams  first token p50    p99  time per token p50    p99  tokens/s  bare engine  share of it          µs of processor a token: server, engine");
        var rows = new List<object>();
        foreach (var readers in s_readers)
        {
            var served = new List<LoadFigures>();
            var shares = new List<double>();
            var bares = new List<LoadFigures>();
            for (var round = 0; round < Rounds; round++)
            {
                var first = orders += 100_000;
                var alone = await Load.RunAsync(readers, run, here, n => bare.AskAsync(first + n));
                served.Add(await Load.RunAsync(readers, run, server.Process, n => client.AskAsync(first + n)));
                bares.Add(alone);
                shares.Add(served[^1].TokensPerSecond / alone.TokensPerSecond);
            }

            var firsts = Milliseconds(served.SelectMany(figures => figures.FirstTokens));
            var gaps = Milliseconds(served.SelectMany(figures => figures.Gaps));
            double rate = Median(served.Select(figures => figures.TokensPerSecond)), bareRate = Median(bares.Select(figures => figures.TokensPerSecond)), share = Median(shares);
            double cost = Median(served.Select(figures => figures.Processor.TotalMicroseconds)), bareCost = Median(bares.Select(figures => figures.Processor.TotalMicroseconds));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{readers,7}  {At(firsts, 0.5),15:F2}  {At(firsts, 0.99),5:F2}  {At(gaps, 0.5),18:F2}  {At(gaps, 0.99),5:F2}  {rate,8:N0}  {bareRate,11:N0}  {share:P0} ({shares.Min():P0} - {shares.Max():P0})  {cost,6:F0}  {bareCost,6:F0}"));
            rows.Add(new
            {
                streams = readers,
                first_token_ms_p50 = At(firsts, 0.5),
                first_token_ms_p99 = At(firsts, 0.99),
                token_ms_p50 = At(gaps, 0.5),
                token_ms_p99 = At(gaps, 0.99),
                tokens_per_s = rate,
                bare_tokens_per_s = bareRate,
                ratio = share,
                ratio_lowest = shares.Min(),
                ratio_highest = shares.Max(),
                processor_us_per_token = cost,
                bare_processor_us_per_token = bareCost,
            });
        }

        var (anew, next, times) = await NextTurn.MeasureAsync(model, options);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"first token of a conversation's next turn {next.TotalMilliseconds:F2}, of the same prompt read from its start {anew.TotalMilliseconds:F2}: {times:F1} times as long"));
        var push = await PushAsync(client, server, orders, run);
        if (json is not null)
            await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { serve = new { threads, streams = rows, next_turn = new { first_token_ms = next.TotalMilliseconds, anew_ms = anew.TotalMilliseconds, ratio = times }, push } }));
        return 0;
    }

    // The time per token with one version live, and while another goes live four times a second; in turns.
    private static async Task<object> PushAsync(ChatClient client, ServerUnderTest server, int orders, TimeSpan run)
    {
        var ratios = new List<double>();
        List<TimeSpan> quiet = [], pushed = [];
        var pushes = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var first = orders += 100_000;
            var normal = await Load.RunAsync(PushReaders, run, server.Process, n => client.AskAsync(first + n));
            first = orders += 100_000;
            using var done = new CancellationTokenSource();
            var pushing = PushUntilAsync(done.Token);
            var during = await Load.RunAsync(PushReaders, run, server.Process, n => client.AskAsync(first + n));
            await done.CancelAsync();
            await pushing;
            quiet.AddRange(normal.Gaps);
            pushed.AddRange(during.Gaps);
            ratios.Add(At(Milliseconds(during.Gaps), 0.99) / At(Milliseconds(normal.Gaps), 0.99));
        }

        double before = At(Milliseconds(quiet), 0.99), after = At(Milliseconds(pushed), 0.99), ratio = Median(ratios);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"time per token p99 at {PushReaders} streams: {before:F2}, while {pushes} versions are pushed {after:F2}: {ratio:F2} times as long ({ratios.Min():F2} - {ratios.Max():F2})"));
        return new { streams = PushReaders, pushes, token_ms_p99 = before, token_ms_p99_pushing = after, ratio, ratio_lowest = ratios.Min(), ratio_highest = ratios.Max() };

        async Task PushUntilAsync(CancellationToken done)
        {
            while (!done.IsCancellationRequested)
            {
                await client.PromoteAsync($"v{1 + (pushes++ % Versions)}");
                await Task.Delay(s_betweenPushes, done).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private static double[] Milliseconds(IEnumerable<TimeSpan> times) => [.. times.Select(time => time.TotalMilliseconds).Order()];

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[(int)(share * (sorted.Length - 1))];

    private static double Median(IEnumerable<double> values) => At([.. values.Order()], 0.5);
}
