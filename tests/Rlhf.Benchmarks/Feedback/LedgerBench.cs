using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Grains.Versions;
using Rlhf.Learner;
using Rlhf.Learning.Rewards;
using Rlhf.Server.Hosting;
using Rlhf.Server.Tests;
using Rlhf.Storage;
using Rlhf.Testing;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>
/// What a long ledger costs a server that sums it up: the first look at it, deciding whether to train, a job's inputs, a restart, and making the sums
/// anew. The server is a real one in this process, on a store of its own that is filled before it starts.
/// </summary>
internal static class LedgerBench
{
    private const int Decisions = 50;
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>The command that asks for it.</summary>
    public static Command Command()
    {
        var events = CommonOptions.Number("--events", "Events in the ledger.", 1_000_000, 1000, 100_000_000);
        var connection = new Option<string?>("--connection") { Description = "The account of Azure tables, to be measured after SQLite; UseDevelopmentStorage=true is a local Azurite. Without it, an Azurite of its own where one is installed.", HelpName = "TEXT" };
        var stores = CommonOptions.Several("--stores", "Which stores.", ["sqlite", "azure-tables"], store => store);
        var json = CommonOptions.Json();
        var command = new Command("ledger", "What a long ledger costs: deciding whether to train, a job's inputs, a restart, a rebuild.") { events, stores, connection, json };
        command.SetAction(async (parsed, _) =>
        {
            var figures = new Dictionary<string, object>();
            foreach (var store in stores.Of(parsed))
            {
                string[] settings = store == "sqlite" ? [] : ["--storage", store, "--connection", parsed.GetValue(connection) ?? AzuriteServer.Shared.ConnectionString, $"--Storage:Prefix=bench{Guid.NewGuid():N}"];
                figures[store.Replace('-', '_')] = await RunAsync(store, parsed.GetValue(events), settings);
            }

            if (parsed.GetValue(json) is { } file)
                await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(new { ledger = figures }, s_json));
            return 0;
        });
        return command;
    }

    private static async Task<object> RunAsync(string store, int events, string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
        try
        {
            var figures = new Dictionary<string, object> { ["events"] = events };
            await using (var server = await Running.StartAsync(folder, settings))
            {
                Keep("append_s", await SecondsAsync(() => FillAsync(server.Ledger, events)));
                var before = Heap();
                Keep("first_look_s", await SecondsAsync(() => server.DecideAsync()));
                Keep("window_mib", (Heap() - before) / 1048576.0);
                var decisions = new List<double>();
                for (var i = 0; i < Decisions; i++)
                {
                    await server.Ledger.AppendAsync(Thumbs.Make(1));
                    decisions.Add(1000 * await SecondsAsync(() => server.DecideAsync()));
                }

                decisions.Sort();
                Keep("decision_ms_median", decisions[Decisions / 2]);
                Keep("decision_ms_p95", decisions[Decisions * 95 / 100]);
                Keep("inputs_s", await SecondsAsync(() => server.CollectAsync()));
            }

            await using (var server = await Running.StartAsync(folder, settings))
            {
                Keep("first_look_after_restart_s", await SecondsAsync(() => server.DecideAsync()));
                var mended = 0;
                Keep("rebuild_s", await SecondsAsync(async () => mended = (await server.Raters.RebuildAsync()).Mended));
                Keep("rebuild_mended", mended);
            }

            return figures;

            void Keep(string name, double value)
            {
                figures[name] = value;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{store,-12} {name,-27} {value,12:N2}"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task FillAsync(IFeedbackLedger ledger, int events)
    {
        for (var left = events; left > 0; left -= Thumbs.BatchSize)
            await ledger.AppendAsync(Thumbs.Make(Math.Min(left, Thumbs.BatchSize)));
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    private static async Task<double> SecondsAsync(Func<Task> work)
    {
        var clock = Stopwatch.StartNew();
        await work();
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>A server that trains only when it's told, in this process.</summary>
    private sealed class Running(Microsoft.AspNetCore.Builder.WebApplication app) : IAsyncDisposable
    {
        private readonly LearnerSchedule _schedule = new();

        public IFeedbackLedger Ledger => app.Services.GetRequiredService<IFeedbackLedger>();

        public IRatersGrain Raters => Grains.GetGrain<IRatersGrain>(Model);

        private IGrainFactory Grains => app.Services.GetRequiredService<IGrainFactory>();

        private string Model => app.Services.GetRequiredService<CatalogCache>().Current.Model;

        public static async Task<Running> StartAsync(string folder, string[] settings)
        {
            var app = RlhfApp.Create(
                ["--urls", "http://127.0.0.1:0", "--data", folder, "--model", TinyModel.Folder, "--Logging:LogLevel:Default=Error", "--Learner:TriggerThumbs=0", "--Learner:Interval=00:00:00", .. settings]);
            await app.StartAsync();
            return new Running(app);
        }

        /// <summary>What the learner does to decide whether to train.</summary>
        public async Task DecideAsync()
        {
            var counted = await CountedFeedback.SelectAsync(Raters, long.MaxValue, _schedule, [], filteredToo: false, weigh: false, CancellationToken.None);
            try
            {
                counted.RequireEnough(_schedule.LeastOfEach, new FeedbackOptions());
            }
            catch (RefusedException)
            {
                // the benchmark's dialogues are all the same, which is found last
            }
        }

        /// <summary>What a job begins with.</summary>
        public async Task CollectAsync()
        {
            var last = await Ledger.LastSequenceAsync();
            var job = new TrainingJob("job-1", "v1", ModelCatalog.Base, TrainingTrigger.Manual, 1, last, DateTimeOffset.UtcNow, TrainingJob.Queued, 0, 0, System.Collections.Immutable.ImmutableDictionary<string, double>.Empty, 1);
            var inputs = await TrainingInputs.CollectAsync(job, Model, _schedule, new FeedbackOptions(), Ledger, app.Services.GetRequiredService<ITurnStore>(), Grains, filteredToo: false, new JudgeOptions(), CancellationToken.None);
            Console.WriteLine($"{inputs.Feedback.Length:N0} judgements are a job's inputs");
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
