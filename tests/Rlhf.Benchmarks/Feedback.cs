using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Benchmarks;

/// <summary>
/// How fast feedback becomes durable: by batches, beside what SQLite itself does with the same number of rows of the
/// same size, and by single calls at a fixed rate.
/// </summary>
internal static class Feedback
{
    private const int BatchSize = 500;
    private const int Batches = 200;
    private const int CallsPerSecond = 1000;
    private const int Seconds = 10;

    /// <summary>Measures in a folder of its own; <c>--json FILE</c> keeps the figures.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var json = arguments is ["--json", string file, ..] ? file : null;
        var folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
        try
        {
            await using var services = new ServiceCollection().AddSqliteStorage(Path.Combine(folder, "data")).BuildServiceProvider();
            var ledger = services.GetRequiredService<IFeedbackLedger>();
            await ledger.AppendAsync(Batch("warm-up", 0));

            var bare = Bare(Path.Combine(folder, "bare.db"));
            var batched = await Batched(ledger);
            Console.WriteLine($"bare SQLite   {bare,9:N0} rows/s by {BatchSize}");
            Console.WriteLine($"batches       {batched,9:N0} events/s by {BatchSize}, {batched / bare:P0} of bare SQLite");

            var (rate, p50, p99, max) = await Singles(ledger);
            Console.WriteLine($"single calls  {rate,9:N0} calls/s, p50 {p50:0.00} ms, p99 {p99:0.00} ms, max {max:0.00} ms");

            var clock = Stopwatch.StartNew();
            var verification = await ledger.VerifyAsync();
            var verified = verification.Entries / clock.Elapsed.TotalSeconds;
            Console.WriteLine($"verification  {verified,9:N0} events/s, {(verification.Holds ? "holds" : verification.Reason)}");

            if (json is not null)
            {
                var figures = new { bare_per_s = bare, batches_per_s = batched, calls_per_s = rate, p50_ms = p50, p99_ms = p99, max_ms = max, verified_per_s = verified };
                await File.WriteAllTextAsync(json, JsonSerializer.Serialize(new { feedback = figures }));
            }

            return verification.Holds ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> Batched(IFeedbackLedger ledger)
    {
        // Four callers, as an import beside a server's own requests.
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; i < Batches; i += 4)
            {
                await ledger.AppendAsync(Batch("batch", i));
            }
        })));
        return Batches * BatchSize / clock.Elapsed.TotalSeconds;
    }

    private static double Bare(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=false");
        connection.Open();
        using var setup = connection.CreateCommand();
        setup.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
            + "CREATE TABLE rows(sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content BLOB NOT NULL, checksum BLOB NOT NULL)";
        setup.ExecuteNonQuery();
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO rows(id, content, checksum) VALUES($id, $content, $checksum)";
        var id = insert.Parameters.Add("$id", SqliteType.Text);
        insert.Parameters.AddWithValue("$content", new byte[JsonSerializer.SerializeToUtf8Bytes(Event("batch-1-1")).Length]);
        insert.Parameters.AddWithValue("$checksum", new byte[32]);

        var clock = Stopwatch.StartNew();
        for (var batch = 0; batch < Batches; batch++)
        {
            using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var i = 0; i < BatchSize; i++)
            {
                id.Value = $"batch-{batch}-{i}";
                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        return Batches * BatchSize / clock.Elapsed.TotalSeconds;
    }

    private static async Task<(double Rate, double P50, double P99, double Max)> Singles(IFeedbackLedger ledger)
    {
        var calls = new List<Task<TimeSpan>>();
        var clock = Stopwatch.StartNew();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (clock.Elapsed.TotalSeconds < Seconds && await tick.WaitForNextTickAsync())
        {
            // A tick that came late is made up for: the rate is the users', not ours.
            for (var due = (int)(clock.Elapsed.TotalSeconds * CallsPerSecond); calls.Count < due;)
            {
                calls.Add(Timed(ledger, Event($"single-{calls.Count}")));
            }
        }

        var times = (await Task.WhenAll(calls)).Order().ToArray();
        return (times.Length / clock.Elapsed.TotalSeconds, At(0.5), At(0.99), At(1));

        double At(double share) => times[(int)(share * (times.Length - 1))].TotalMilliseconds;
    }

    private static async Task<TimeSpan> Timed(IFeedbackLedger ledger, FeedbackEvent feedback)
    {
        var start = Stopwatch.GetTimestamp();
        await ledger.AppendAsync(feedback);
        return Stopwatch.GetElapsedTime(start);
    }

    private static FeedbackEvent[] Batch(string name, int number) =>
        [.. Enumerable.Range(0, BatchSize).Select(i => Event($"{name}-{number}-{i}"))];

    private static FeedbackEvent Event(string id) => new(
        id, FeedbackKind.Thumbs, CompletionId.Of("3f2b6c", 2), "rater-17", true, null, ["polite"], "v3", "3f2b6c",
        [
            new ChatMessage("user", "Hi, I would like to order a coffee."),
            new ChatMessage("assistant", "Sure, what kind of coffee would you like?"),
            new ChatMessage("user", "A large latte with oat milk, please, and could you make it extra hot?"),
        ],
        "A large oat milk latte, extra hot. Would you like anything else with that?",
        [.. Enumerable.Range(0, 24).Select(i => (i * 97) % 4096)],
        [.. Enumerable.Range(0, 24).Select(i => -0.013f * i)],
        new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));
}
