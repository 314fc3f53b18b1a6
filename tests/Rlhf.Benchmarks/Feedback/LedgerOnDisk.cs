using Microsoft.Extensions.DependencyInjection;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>A ledger in a new folder of its own, registered as a server registers it.</summary>
internal sealed class LedgerOnDisk : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
    private readonly ServiceProvider _services;

    public LedgerOnDisk()
    {
        _services = new ServiceCollection().AddSqliteStorage(_folder).BuildServiceProvider();
        Ledger = _services.GetRequiredService<IFeedbackLedger>();
    }

    public IFeedbackLedger Ledger { get; }

    /// <summary>Its rows as they lie in the database.</summary>
    public IReadOnlyList<Row> Rows() => BareInsert.Read(Path.Combine(_folder, "rlhf.db"));

    /// <summary>Appends batches as callers side by side do, an import beside a server's own requests.</summary>
    /// <returns>What it took.</returns>
    public static Task<Cost> AppendAsync(IFeedbackLedger ledger, FeedbackEvent[][] batches, int callers) => Cost.OfAsync(batches.Length * Thumbs.BatchSize, () =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var i = caller; i < batches.Length; i += callers)
                await ledger.AppendAsync(batches[i]);
        }))));

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
