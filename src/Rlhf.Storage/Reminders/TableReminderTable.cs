using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Orleans;
using Orleans.Runtime;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>
/// Reminders. <c>reminders</c>: the partition is the grain's place on the ring as eight hex digits, so that a silo
/// reads its range of the ring as a range of partitions; the row is <c>grain~name</c>.
/// </summary>
internal sealed class TableReminderTable(TableAccount account) : IReminderTable
{
    private readonly TableClient table = account.Table("reminders");

    public Task<ReminderTableData> ReadRows(GrainId grainId)
    {
        var grain = Key.Of(grainId.ToString());
        return RowsAsync(TableClient.CreateQueryFilter($"PartitionKey eq {Partition(grainId)} and RowKey ge {grain + "~"} and RowKey lt {grain + "~~"}"));
    }

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => RowsAsync(begin < end
        ? TableClient.CreateQueryFilter($"PartitionKey gt {Partition(begin)} and PartitionKey le {Partition(end)}")
        : TableClient.CreateQueryFilter($"PartitionKey gt {Partition(begin)} or PartitionKey le {Partition(end)}")); // The ring's end lies within.

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => account.DoAsync(
        async cancellation =>
        {
            var found = await table.GetEntityIfExistsAsync<TableEntity>(Partition(grainId), Row(grainId, reminderName), cancellationToken: cancellation).ConfigureAwait(false);
            return found.HasValue ? Entry(found.Value!) : null;
        },
        CancellationToken.None);

    public Task<string?> UpsertRow(ReminderEntry entry)
    {
        var etag = Guid.NewGuid().ToString("N");
        var row = new TableEntity(Partition(entry.GrainId), Row(entry.GrainId, entry.ReminderName))
        {
            ["Grain"] = entry.GrainId.ToString(),
            ["Name"] = entry.ReminderName,
            ["StartAt"] = entry.StartAt.ToUniversalTime().Ticks,
            ["Period"] = entry.Period.Ticks,
            ["Version"] = etag,
        };
        return account.DoAsync<string?>(
            async cancellation =>
            {
                await table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellation).ConfigureAwait(false);
                return etag;
            },
            CancellationToken.None);
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => account.DoAsync(
        async cancellation =>
        {
            var (partition, row) = (Partition(grainId), Row(grainId, reminderName));
            var found = await table.GetEntityIfExistsAsync<TableEntity>(partition, row, cancellationToken: cancellation).ConfigureAwait(false);
            if (!found.HasValue || found.Value!.GetString("Version") != eTag)
            {
                return false;
            }

            try
            {
                return (await table.DeleteEntityAsync(partition, row, found.Value.ETag, cancellation).ConfigureAwait(false)).Status != 404;
            }
            catch (RequestFailedException e) when (e.Status == 412)
            {
                return false;
            }
        },
        CancellationToken.None);

    public Task TestOnlyClearTable() => account.DoAsync(
        async cancellation =>
        {
            await foreach (var row in table.QueryAsync<TableEntity>(cancellationToken: cancellation).ConfigureAwait(false))
            {
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellation).ConfigureAwait(false);
            }
        },
        CancellationToken.None);

    private Task<ReminderTableData> RowsAsync(string filter) => account.DoAsync(
        async cancellation => new ReminderTableData(
            [.. (await table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).ToListAsync(cancellation).ConfigureAwait(false)).Select(Entry)]),
        CancellationToken.None);

    private static string Partition(GrainId grain) => Partition(grain.GetUniformHashCode());

    private static string Partition(uint hash) => hash.ToString("X8", CultureInfo.InvariantCulture);

    private static string Row(GrainId grain, string name) => $"{Key.Of(grain.ToString())}~{Key.Of(name)}";

    private static ReminderEntry Entry(TableEntity row) => new()
    {
        GrainId = GrainId.Parse(row.GetString("Grain")),
        ReminderName = row.GetString("Name"),
        StartAt = new DateTime(row.GetInt64("StartAt")!.Value, DateTimeKind.Utc),
        Period = TimeSpan.FromTicks(row.GetInt64("Period")!.Value),
        ETag = row.GetString("Version"),
    };
}
