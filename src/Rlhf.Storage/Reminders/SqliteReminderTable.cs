using Microsoft.Data.Sqlite;
using Orleans;
using Orleans.Runtime;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <summary>Reminders, a row each. Orleans fires them; this remembers them.</summary>
internal sealed class SqliteReminderTable(Database database) : IReminderTable
{
    private const string Columns = "SELECT grain, name, start_at, period, etag FROM reminders";

    public Task<ReminderTableData> ReadRows(GrainId grainId) =>
        Rows(s => s.All($"{Columns} WHERE grain = ?1", Entry, grainId.ToString()));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) =>
        begin < end
            ? Rows(s => s.All($"{Columns} WHERE hash > ?1 AND hash <= ?2", Entry, (long)begin, (long)end))
            : Rows(s => s.All($"{Columns} WHERE hash > ?1 OR hash <= ?2", Entry, (long)begin, (long)end)); // The ring's end lies within.

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) =>
        database.ReadAsync(
            s => s.First($"{Columns} WHERE grain = ?1 AND name = ?2", Entry, grainId.ToString(), reminderName),
            CancellationToken.None);

    public async Task<string?> UpsertRow(ReminderEntry entry)
    {
        var etag = Guid.NewGuid().ToString("N");
        object?[] row =
        [
            entry.GrainId.ToString(), entry.ReminderName, (long)entry.GrainId.GetUniformHashCode(),
            entry.StartAt.ToUniversalTime().Ticks, entry.Period.Ticks, etag,
        ];
        await database.WriteAsync(
            s => s.Execute(
                "INSERT INTO reminders(grain, name, hash, start_at, period, etag) VALUES(?1, ?2, ?3, ?4, ?5, ?6) "
                + "ON CONFLICT(grain, name) DO UPDATE SET start_at = ?4, period = ?5, etag = ?6",
                row),
            CancellationToken.None).ConfigureAwait(false);
        return etag;
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) =>
        database.WriteAsync(
            s => s.Execute("DELETE FROM reminders WHERE grain = ?1 AND name = ?2 AND etag = ?3", grainId.ToString(), reminderName, eTag) == 1,
            CancellationToken.None);

    public Task TestOnlyClearTable() => database.WriteAsync(s => s.Execute("DELETE FROM reminders"), CancellationToken.None);

    private async Task<ReminderTableData> Rows(Func<Session, List<ReminderEntry>> read) =>
        new(await database.ReadAsync(read, CancellationToken.None).ConfigureAwait(false));

    private static ReminderEntry Entry(SqliteDataReader row) => new()
    {
        GrainId = GrainId.Parse(row.GetString(0)),
        ReminderName = row.GetString(1),
        StartAt = new DateTime(row.GetInt64(2), DateTimeKind.Utc),
        Period = TimeSpan.FromTicks(row.GetInt64(3)),
        ETag = row.GetString(4),
    };
}
