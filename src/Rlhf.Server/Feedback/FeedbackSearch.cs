using Rlhf.Storage;

namespace Rlhf.Server.Feedback;

/// <summary>Looks through the ledger from its end.</summary>
internal sealed class FeedbackSearch(IFeedbackLedger ledger)
{
    /// <summary>The most entries that one search reads, whether they are looked for or not: a rare one is found by asking on.</summary>
    public const int MostRead = 20_000;

    private const int Window = 500;

    /// <summary>The newest entries that a filter takes.</summary>
    /// <param name="filter">What is looked for.</param>
    /// <param name="before">The sequence that they come before; null for the ledger's end.</param>
    /// <param name="limit">The most to find.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The entries, newest first, and the sequence to go on before; null where the ledger's beginning was reached.</returns>
    public async Task<(IReadOnlyList<LedgerEntry> Found, long? Before)> NewestAsync(FeedbackFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        var last = await ledger.LastSequenceAsync(cancellationToken);
        var end = Math.Min(last, (before ?? long.MaxValue) - 1);
        var floor = Math.Max(0, end - MostRead);
        var found = new List<LedgerEntry>();
        while (end > floor)
        {
            var start = Math.Max(floor, end - Window);
            var window = await ledger.ReadAsync(start, cancellationToken).TakeWhile(entry => entry.Sequence <= end).Where(entry => filter.Takes(entry.Event)).ToListAsync(cancellationToken);
            foreach (var entry in Enumerable.Reverse(window))
            {
                found.Add(entry);
                if (found.Count == limit)
                {
                    return (found, entry.Sequence > 1 ? entry.Sequence : null);
                }
            }

            end = start;
        }

        return (found, end > 0 ? end + 1 : null);
    }

    /// <summary>Every entry that a filter takes, oldest first.</summary>
    public IAsyncEnumerable<LedgerEntry> AllAsync(FeedbackFilter filter, CancellationToken cancellationToken) =>
        ledger.ReadAsync(0, cancellationToken).Where(entry => filter.Takes(entry.Event));
}
