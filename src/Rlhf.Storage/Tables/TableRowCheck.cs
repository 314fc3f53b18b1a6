using System.Globalization;
using System.Text;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>Looks through the rows of the tables that carry no checksum, a page at a time.</summary>
internal sealed class TableRowCheck(TableAccount account)
{
    /// <summary>Looks through the turns.</summary>
    /// <returns>How many there are.</returns>
    public Task<long> TurnsAsync(Findings damage, CancellationToken cancellationToken) => EachAsync(
        "turns",
        row => RowCheck.Turn(row.Content(), Key.Read(row.PartitionKey) ?? row.PartitionKey, int.Parse(row.RowKey, CultureInfo.InvariantCulture)),
        damage,
        cancellationToken);

    /// <summary>Looks through the states of grains. One that was cleared has no content.</summary>
    /// <returns>How many there are.</returns>
    public Task<long> StatesAsync(Findings damage, CancellationToken cancellationToken) => EachAsync(
        "state",
        row => StateOf(row) is { Length: > 0 } state ? RowCheck.State(state, row.PartitionKey, row.RowKey) : null,
        damage,
        cancellationToken);

    private async Task<long> EachAsync(string table, Func<TableEntity, string?> whyNot, Findings damage, CancellationToken cancellationToken)
    {
        var count = 0L;
        string? next = null;
        do
        {
            var token = next;
            var page = await account.DoAsync(
                async cancellation => await account.Table(table).QueryAsync<TableEntity>(cancellationToken: cancellation).AsPages(token).FirstOrDefaultAsync(cancellation).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            foreach (var row in page?.Values ?? [])
            {
                count++;
                if (whyNot(row) is { } reason)
                {
                    damage.Add(reason);
                }
            }

            next = page?.ContinuationToken;
        }
        while (next is not null);
        return count;
    }

    /// <summary>Orleans keeps a state as text or as bytes, in as many properties as it needs.</summary>
    private static byte[] StateOf(TableEntity row)
    {
        var text = string.Concat(Parts(row, "StringData").OfType<string>());
        return text.Length > 0 ? Encoding.UTF8.GetBytes(text) : [.. Parts(row, "Data").OfType<byte[]>().SelectMany(part => part)];
    }

    private static IEnumerable<object> Parts(TableEntity row, string name)
    {
        for (var i = 0; row.TryGetValue(i == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}{i}"), out var part) && part is not null; i++)
        {
            yield return part;
        }
    }
}
