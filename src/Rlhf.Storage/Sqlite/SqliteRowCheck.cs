using System.Globalization;

namespace Rlhf.Storage.Sqlite;

/// <summary>Looks through the rows of a database that carry no checksum, a page at a time.</summary>
internal sealed class SqliteRowCheck(Database database)
{
    private const int Page = 256;

    /// <summary>Looks through the turns.</summary>
    /// <returns>How many there are.</returns>
    public Task<long> TurnsAsync(Findings damage, CancellationToken cancellationToken) => EachAsync(
        "SELECT sequence, content, conversation, number FROM turns WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        row => RowCheck.Turn(row.Content, row.First, int.Parse(row.Second, CultureInfo.InvariantCulture)), damage, cancellationToken);

    /// <summary>Looks through the states of grains.</summary>
    /// <returns>How many there are.</returns>
    public Task<long> StatesAsync(Findings damage, CancellationToken cancellationToken) => EachAsync(
        "SELECT rowid, content, grain, state FROM grain_state WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
        row => RowCheck.State(row.Content, row.First, row.Second), damage, cancellationToken);

    private async Task<long> EachAsync(string sql, Func<(byte[] Content, string First, string Second), string?> whyNot, Findings damage, CancellationToken cancellationToken)
    {
        var count = 0L;
        for (var after = long.MinValue; ;)
        {
            var cursor = after;
            var page = await database.ReadAsync(
                s => s.All(sql, r => (Place: r.GetInt64(0), Row: (r.GetFieldValue<byte[]>(1), r.GetString(2), r.GetString(3))), cursor, Page), cancellationToken).ConfigureAwait(false);
            foreach (var (place, row) in page)
            {
                (after, count) = (place, count + 1);
                if (whyNot(row) is { } reason)
                {
                    damage.Add(reason);
                }
            }

            if (page.Count < Page)
            {
                return count;
            }
        }
    }
}
