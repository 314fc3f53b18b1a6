using System.Globalization;
using Azure.Data.Tables;

namespace Rlhf.Storage.Tables;

/// <summary>An event on its way into the ledger.</summary>
internal readonly record struct NewEvent(string Id, string? Conversation, byte[] Content);

/// <summary>
/// The rows that a commit shall put into the ledger from its end on. They lie in lanes, a stretch of them in each, and
/// count for nothing before the commit's record names them; two writers' attempts at the same place never meet, for a
/// row's key holds its attempt.
/// </summary>
internal sealed class Attempt
{
    /// <summary>How many partitions the events are dealt out to.</summary>
    public const int Lanes = 16;

    private readonly List<(int Lane, TableEntity[] Rows)> stretches = [];

    public Attempt(Head end, IReadOnlyList<NewEvent> events, int firstLane)
    {
        var chain = new ChecksumChain(end.Sequence, end.Checksum);
        First = end.Sequence + 1;
        Count = events.Count;
        var rows = new TableEntity[events.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var (sequence, checksum) = chain.Next(events[i].Content);
            chain.Advance(checksum);
            Checksum = checksum;
            rows[i] = new TableEntity("", RowKey(First, Id, i)) { ["Sequence"] = sequence, ["Id"] = events[i].Id, ["Checksum"] = checksum };
            if (events[i].Conversation is { } conversation)
            {
                rows[i]["Conversation"] = conversation;
            }

            rows[i].With(events[i].Content);
        }

        var lane = firstLane;
        var contents = events.Select((e, i) => (Row: rows[i], e.Content.Length)).ToArray();
        foreach (var stretch in Transactions.Cut(contents, row => row.Length))
        {
            foreach (var (row, _) in stretch)
            {
                row.PartitionKey = Key.Partition(lane);
            }

            stretches.Add((lane, [.. stretch.Select(row => row.Row)]));
            lane = (lane + 1) % Lanes;
        }
    }

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public long First { get; }

    public int Count { get; }

    public long Last => First + Count - 1;

    public byte[] Checksum { get; } = [];

    /// <summary>The stretches as the record keeps them: <c>lane:count</c> with commas between them.</summary>
    public string Stretches => string.Join(',', stretches.Select(stretch => string.Create(CultureInfo.InvariantCulture, $"{stretch.Lane}:{stretch.Rows.Length}")));

    /// <summary>A row's key: rows of a range of sequences are a range of rows in each lane.</summary>
    public static string RowKey(long first, string attempt, int index) => $"{Key.Of(first)}~{attempt}~{index.ToString("D6", CultureInfo.InvariantCulture)}";

    /// <summary>Writes the rows, a transaction for each stretch.</summary>
    public Task WriteAsync(TableClient events, CancellationToken cancellationToken) =>
        events.UpsertAllAsync(stretches.Select(stretch => stretch.Rows), cancellationToken);
}
