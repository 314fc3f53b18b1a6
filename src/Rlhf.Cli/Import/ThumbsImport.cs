using Rlhf.Cli.Client;
using Rlhf.Cli.Output;
using Rlhf.Cli.Thumbs;

namespace Rlhf.Cli.Import;

/// <summary>What an import came to.</summary>
/// <param name="Imported">Pieces of feedback that are new in the ledger.</param>
/// <param name="Duplicates">Those that were there already, by their id.</param>
/// <param name="Bad">Lines that were skipped, by number, with what is wrong.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ImportResult(int Imported, int Duplicates, IReadOnlyList<(int Line, string Error)> Bad, double Seconds);

/// <summary>Sends recorded feedback to a server in batches. What the server acknowledged is durable, so an import that broke off is simply run again.</summary>
internal sealed class ThumbsImport(ServerClient server, Screen screen)
{
    private const int BatchSize = 250;

    /// <summary>Sends it.</summary>
    /// <param name="lines">The feedback, and what could not be read.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    public async Task<ImportResult> RunAsync(IReadOnlyList<ThumbsLine> lines, CancellationToken cancellationToken)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var bad = lines.Where(l => l.Thumb is null).Select(l => (l.Number, l.Error!)).ToList();
        var good = lines.Where(l => l.Thumb is not null).ToList();
        var (imported, duplicates) = await screen.WatchAsync($"importing {good.Count} pieces of feedback", async report =>
        {
            var (fresh, known) = (0, 0);
            foreach (var batch in good.Chunk(BatchSize))
            {
                var receipt = await server.ImportAsync([.. batch.Select(l => l.Thumb!)], cancellationToken);
                fresh += receipt.Imported;
                known += receipt.Duplicates;
                bad.AddRange((receipt.Rejected ?? []).Select(r => (batch[r.Index].Number, r.Error)));
                report((double)(fresh + known) / good.Count, "");
            }

            return (fresh, known);
        });
        return new ImportResult(imported, duplicates, [.. bad.OrderBy(b => b.Item1)], watch.Elapsed.TotalSeconds);
    }
}
