using System.Runtime.CompilerServices;

namespace Rlhf.Storage;

/// <summary>Reads entries of the ledger by their places.</summary>
public static class LedgerReading
{
    // What lies between two entries is read over where it is less than a new request would cost.
    private const int MostReadOver = 500;

    /// <summary>Reads some entries.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="sequences">Their places, in order.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The entries in order; one that can't be read is passed over.</returns>
    public static async IAsyncEnumerable<LedgerEntry> ReadAsync(
        this IFeedbackLedger ledger, IReadOnlyList<long> sequences, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var next = 0; next < sequences.Count;)
        {
            var begun = next;
            await foreach (var entry in ledger.ReadAsync(sequences[next] - 1, cancellationToken).ConfigureAwait(false))
            {
                while (next < sequences.Count && sequences[next] < entry.Sequence)
                {
                    next++;
                }

                if (next == sequences.Count)
                {
                    yield break;
                }

                if (sequences[next] == entry.Sequence)
                {
                    next++;
                    yield return entry;
                    if (next == sequences.Count || sequences[next] > entry.Sequence + MostReadOver)
                    {
                        break;
                    }
                }
            }

            next = Math.Max(next, begun + 1); // nothing can be read from there on
        }
    }
}
