using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>Batches into the ledger, in turn with what SQLite itself does with the very rows that the ledger wrote.</summary>
internal static class BatchesPart
{
    private const int Batches = 100;
    private const int Callers = 4;

    /// <summary>Measures; prints and returns the figures.</summary>
    public static async Task<object> RunAsync(FeedbackArguments asked)
    {
        var (_, _, rows) = await OursAsync(Callers);
        await BareInsert.RunAsync(rows);

        var bare = new List<Cost>();
        var ours = new List<Cost>();
        var alone = new List<Cost>();
        var verified = new List<Cost>();
        for (var run = 0; run < asked.Runs; run++)
        {
            bare.Add(await BareInsert.RunAsync(rows));
            var (four, verification, _) = await OursAsync(Callers);
            ours.Add(four);
            verified.Add(verification);
            alone.Add((await OursAsync(callers: 1)).Cost);
        }

        var bytes = rows.Average(row => row.Content.Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rows of {bytes:F0} bytes of content, {Thumbs.BatchSize} a batch"));
        return new
        {
            bytes,
            bare = Cost.Print("bare SQLite", bare),
            ours = Cost.Print($"ledger, {Callers} callers", ours, bare),
            one_caller = Cost.Print("ledger, one caller", alone, bare),
            verification = Cost.Print("verification", verified),
        };
    }

    /// <summary>The same batches on Azure tables, for information.</summary>
    public static async Task<object> OnTablesAsync(string connection, int runs)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
        try
        {
            await using var services = new ServiceCollection()
                .AddTableStorage(folder, new TableStorageOptions(connection, $"bench{Guid.NewGuid():N}"))
                .BuildServiceProvider();
            var ledger = services.GetRequiredService<IFeedbackLedger>();
            await LedgerOnDisk.AppendAsync(ledger, Thumbs.Batches(4), Callers);
            var costs = new List<Cost>();
            for (var run = 0; run < runs; run++)
                costs.Add(await LedgerOnDisk.AppendAsync(ledger, Thumbs.Batches(20), Callers));
            return Cost.Print($"tables, {Callers} callers", costs);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(Cost Cost, Cost Verified, IReadOnlyList<Row> Rows)> OursAsync(int callers)
    {
        var batches = Thumbs.Batches(Batches);
        await using var disk = new LedgerOnDisk();
        var cost = await LedgerOnDisk.AppendAsync(disk.Ledger, batches, callers);
        var verified = await Cost.OfAsync(Batches * Thumbs.BatchSize, async () =>
        {
            var verification = await disk.Ledger.VerifyAsync();
            if (verification is not { Holds: true, Entries: Batches * Thumbs.BatchSize })
                throw new InvalidOperationException($"Of {Batches * Thumbs.BatchSize} entries {verification.Entries} hold: {verification.Reason}");
        });
        return (cost, verified, disk.Rows());
    }
}
