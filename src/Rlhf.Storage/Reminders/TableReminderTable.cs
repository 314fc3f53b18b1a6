using Orleans;
using Orleans.Runtime;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>Orleans' reminder table in Azure tables; what goes wrong is told as <see cref="StorageException"/>, within
/// the time that a grain's call lasts.</summary>
internal sealed class TableReminderTable(TableAccount account, IReminderTable orleans) : IReminderTable
{
    public Task StartAsync(CancellationToken cancellationToken) => orleans.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => orleans.StopAsync(cancellationToken);

    public Task<ReminderTableData> ReadRows(GrainId grainId) => DoAsync(() => orleans.ReadRows(grainId));

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => DoAsync(() => orleans.ReadRows(begin, end));

    public Task<ReminderEntry?> ReadRow(GrainId grainId, string reminderName) => DoAsync(() => orleans.ReadRow(grainId, reminderName));

    public Task<string?> UpsertRow(ReminderEntry entry) => DoAsync(() => orleans.UpsertRow(entry));

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag) => DoAsync(() => orleans.RemoveRow(grainId, reminderName, eTag));

    public Task TestOnlyClearTable() => orleans.TestOnlyClearTable();

    private Task<T> DoAsync<T>(Func<Task<T>> talk) => account.DoAsync(cancellation => talk().WaitAsync(cancellation), CancellationToken.None);
}
