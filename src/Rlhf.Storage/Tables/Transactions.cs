using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>Many entities in as few transactions as their limits allow: 100 entities and 4 MiB of one partition.</summary>
internal static class Transactions
{
    public const int MostEntities = 100;

    // Content travels as base64 beside names, types and headers; 4 MiB is the limit of all that together.
    public const int MostContentBytes = 2_500_000;
    public const int EntityOverhead = 1_000;

    /// <summary>Cuts a list where a transaction would become too large.</summary>
    public static IEnumerable<ArraySegment<T>> Cut<T>(T[] items, Func<T, int> contentBytes)
    {
        var (start, bytes) = (0, 0);
        for (var i = 0; i < items.Length; i++)
        {
            var size = contentBytes(items[i]) + EntityOverhead;
            if (i > start && (i - start == MostEntities || bytes + size > MostContentBytes))
            {
                yield return new ArraySegment<T>(items, start, i - start);
                (start, bytes) = (i, 0);
            }

            bytes += size;
        }

        if (start < items.Length)
        {
            yield return new ArraySegment<T>(items, start, items.Length - start);
        }
    }

    /// <summary>Writes groups of entities, whatever was there. Each group, which is of one partition and within the
    /// limits, is written whole or not at all; all of them are in the end.</summary>
    public static Task UpsertAllAsync(this TableClient table, IEnumerable<TableEntity[]> groups, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            groups,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (group, cancellation) =>
            {
                if (group is [var only])
                {
                    await table.UpsertEntityAsync(only, TableUpdateMode.Replace, cancellation).ConfigureAwait(false);
                    return;
                }

                await table.SubmitTransactionAsync(
                    group.Select(entity => new TableTransactionAction(TableTransactionActionType.UpsertReplace, entity)), cancellation).ConfigureAwait(false);
            });
}
