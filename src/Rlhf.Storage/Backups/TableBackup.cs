using Azure.Data.Tables;
using Rlhf.Contracts;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>
/// Backups of the tables, beside the servers that write to them. There is no moment at which tables stand still, so that the copy is made in an order
/// in which what refers to something is read before what it refers to: the copy is what the tables could have been after a crash, which the servers are
/// made for.
/// </summary>
internal sealed class TableBackup(TableStorageOptions options, IProgress<string> progress)
{
    private const string Ledger = "ledger", Events = "events", Index = "index", State = "state";

    // The clocks of the service's machines differ from ours, and from each other, by less.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly TableAccount account = new(options);

    /// <summary>Where a restore marks that it isn't whole yet.</summary>
    private TableClient Marks => account.Table(Ledger);

    /// <summary>Copies the tables.</summary>
    /// <param name="backup">The folder to make.</param>
    /// <param name="writtenLast">Names of grain states, the one that a change reaches last before the one that it reaches before that: they are read in this
    /// order, so that none tells of what another lacks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<BackupManifest> MakeAsync(string backup, IReadOnlyList<string> writtenLast, CancellationToken cancellationToken)
    {
        var createdAt = DateTimeOffset.UtcNow;
        using var folder = StagedFolder.Begin(backup, "backup");
        await account.DoAsync(_ => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        await CopyStateAsync(folder, writtenLast, cancellationToken).ConfigureAwait(false);
        await CopyTableAsync(folder, "reminders", _ => true, cancellationToken).ConfigureAwait(false);
        var events = await CopyLedgerAsync(folder, cancellationToken).ConfigureAwait(false);
        await CopyTableAsync(folder, Index, row => row.GetInt64("Sequence") <= events, cancellationToken).ConfigureAwait(false);
        foreach (var table in TableAccount.OfTheStore.Except([Ledger, Events, Index]))
        {
            await CopyTableAsync(folder, table, _ => true, cancellationToken).ConfigureAwait(false);
        }

        return await folder.FinishAsync(BackupManifest.AzureTables, createdAt, events, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fills empty tables from a backup. Interrupted, it can be called again; until it is done no server starts on the tables.</summary>
    public async Task<BackupManifest> RestoreAsync(string backup, CancellationToken cancellationToken)
    {
        var manifest = await BackupManifest.CheckedAsync(backup, BackupManifest.AzureTables, progress, cancellationToken).ConfigureAwait(false);
        var id = manifest.CreatedAt.ToString("O");
        await account.DoAsync(cancellation => BeginAsync(id, cancellation), cancellationToken).ConfigureAwait(false);
        foreach (var file in manifest.Files)
        {
            var table = account.Table(Path.GetFileName(file.Name).Split('.')[0]);
            progress.Report($"restoring {table.Name}");
            await account.DoAsync(cancellation => table.CreateIfNotExistsAsync(cancellation), cancellationToken).ConfigureAwait(false);
            await FillAsync(table, Path.Combine(backup, file.Name), cancellationToken).ConfigureAwait(false);
        }

        await account.DoAsync(cancellation => Marks.DeleteEntityAsync(RestoreMark.Partition, RestoreMark.Row, cancellationToken: cancellation), cancellationToken).ConfigureAwait(false);
        await EraseAgainAsync(cancellationToken).ConfigureAwait(false);
        progress.Report("looking through what was restored");
        var found = await StoreVerification.OfTablesAsync(options, cancellationToken).ConfigureAwait(false);
        return found.Damage is [var first, ..] ? throw new StorageDamagedException($"What was restored is damaged: {first}")
            : found.Events != manifest.Events ? throw new StorageDamagedException($"The backup in {backup} is damaged: it holds {found.Events} events of the ledger, and should hold {manifest.Events}.")
            : manifest;
    }

    /// <summary>An event that was erased while its table was copied may be in the copy beside what says that it was erased.</summary>
    private async Task EraseAgainAsync(CancellationToken cancellationToken)
    {
        using var ledger = new TableFeedbackLedger(account, new StorageDamage());
        await ledger.EraseAgainAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task BeginAsync(string id, CancellationToken cancellationToken)
    {
        var mark = await Marks.GetEntityIfExistsAsync<TableEntity>(RestoreMark.Partition, RestoreMark.Row, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (mark.HasValue && mark.Value!.GetString("Backup") == id)
        {
            return; // interrupted, and now called again
        }

        foreach (var name in TableAccount.OfTheStore.Append(State))
        {
            var table = account.Table(name);
            await table.CreateIfNotExistsAsync(cancellationToken).ConfigureAwait(false);
            if (await table.QueryAsync<TableEntity>(maxPerPage: 1, cancellationToken: cancellationToken).AnyAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new StorageException(mark.HasValue
                    ? $"Another backup was being restored to the tables {account.Name("")}… : restore that one again, or name another start of the tables' names (--Storage:Prefix=…)."
                    : $"The tables {account.Name("")}… hold something already ({account.Name(name)} isn't empty): name another start of the tables' names, --Storage:Prefix=….");
            }
        }

        await Marks.AddEntityAsync(new TableEntity(RestoreMark.Partition, RestoreMark.Row) { ["Backup"] = id }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rows of one partition go together, as many as a transaction takes.</summary>
    private async Task FillAsync(TableClient table, string path, CancellationToken cancellationToken)
    {
        await foreach (var some in TableRows.ReadAsync(path, cancellationToken).Chunk(Transactions.MostEntities).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // The state of a grain may come more than once: the later one holds.
            var latest = some.GroupBy(row => (row.PartitionKey, row.RowKey)).Select(rows => rows.Last());
            var groups = latest.GroupBy(row => row.PartitionKey)
                .SelectMany(partition => Transactions.Cut(partition.ToArray(), ContentBytes))
                .Select(group => group.ToArray());
            await account.DoAsync(cancellation => table.UpsertAllAsync(groups, cancellation), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>All states as they are, then what changed meanwhile, each time without those that have to be older.</summary>
    private async Task CopyStateAsync(StagedFolder folder, IReadOnlyList<string> writtenLast, CancellationToken cancellationToken)
    {
        using var file = new TableRows.Writer(folder.PathOf(FileOf(State)));
        DateTimeOffset? since = null;
        for (var older = 0; older <= writtenLast.Count; older++)
        {
            var (began, settled) = (DateTimeOffset.UtcNow, writtenLast.Take(older).ToHashSet());
            var filter = since is { } time ? TableClient.CreateQueryFilter($"Timestamp ge {time - ClockSkew}") : null;
            await CopyAsync(State, filter, row => !settled.Contains(row.RowKey), file, cancellationToken).ConfigureAwait(false);
            since = began;
        }
    }

    /// <summary>The ledger up to one end, and that end. An event whose content was erased meanwhile needs the later one that says so: then the end is
    /// moved to where the ledger ends now.</summary>
    private async Task<long> CopyLedgerAsync(StagedFolder folder, CancellationToken cancellationToken)
    {
        using var order = new TableRows.Writer(folder.PathOf(FileOf(Ledger)));
        using var contents = new TableRows.Writer(folder.PathOf(FileOf(Events)));
        TableEntity? head = null;

        // How far the index is and which erasures are under way: no further than the head that is read after them.
        var marks = TableClient.CreateQueryFilter($"PartitionKey eq {LedgerLog.Partition} and RowKey gt {LedgerLog.HeadRow}");
        await CopyAsync(Ledger, marks, _ => true, order, cancellationToken).ConfigureAwait(false);
        for (var (from, erased) = (0L, true); erased; )
        {
            if (await account.DoAsync(HeadAsync, cancellationToken).ConfigureAwait(false) is not { } now)
            {
                return 0; // nothing was ever said
            }

            head = now;
            var to = now.GetInt64("Sequence")!.Value;
            var records = TableClient.CreateQueryFilter($"PartitionKey eq {LedgerLog.Partition} and RowKey gt {Key.Of(from)} and RowKey le {Key.Of(to)}");
            await CopyAsync(Ledger, records, _ => true, order, cancellationToken).ConfigureAwait(false);
            erased = false;
            var after = from;
            await CopyAsync(
                Events,
                after == 0 ? null : TableClient.CreateQueryFilter($"Sequence gt {after}"),
                row =>
                {
                    var copied = row.GetInt64("Sequence") is { } sequence && sequence > after && sequence <= to;
                    erased |= copied && IsErased(row);
                    return copied;
                },
                contents,
                cancellationToken).ConfigureAwait(false);
            from = to;
        }

        order.Add(head!);
        return head!.GetInt64("Sequence")!.Value;
    }

    private static int ContentBytes(TableEntity row) => row.Sum(property => property.Value switch { byte[] bytes => bytes.Length, string text => 2 * text.Length, _ => 8 });

    private static bool IsErased(TableEntity row) => row.GetString("Id").StartsWith(FeedbackEvent.ErasedPrefix, StringComparison.Ordinal);

    private async Task<TableEntity?> HeadAsync(CancellationToken cancellationToken)
    {
        var found = await account.Table(Ledger).GetEntityIfExistsAsync<TableEntity>(LedgerLog.Partition, LedgerLog.HeadRow, cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue ? found.Value : null;
    }

    private async Task CopyTableAsync(StagedFolder folder, string table, Func<TableEntity, bool> belongs, CancellationToken cancellationToken)
    {
        using var file = new TableRows.Writer(folder.PathOf(FileOf(table)));
        await CopyAsync(table, filter: null, belongs, file, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A page at a time, so that each may be tried again.</summary>
    private async Task CopyAsync(string name, string? filter, Func<TableEntity, bool> belongs, TableRows.Writer file, CancellationToken cancellationToken)
    {
        var table = account.Table(name);
        string? next = null;
        do
        {
            var from = next;
            var page = await account.DoAsync(
                async cancellation =>
                {
                    try
                    {
                        return await table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).AsPages(from).FirstOrDefaultAsync(cancellation).ConfigureAwait(false);
                    }
                    catch (Azure.RequestFailedException error) when (error.Status == 404)
                    {
                        return null; // a table of Orleans' providers that no server made yet
                    }
                },
                cancellationToken).ConfigureAwait(false);
            foreach (var row in (page?.Values ?? []).Where(belongs))
            {
                file.Add(row);
            }

            next = page?.ContinuationToken;
            progress.Report($"copying {table.Name}, {file.Count:N0} rows");
        }
        while (next is not null);
    }

    private static string FileOf(string table) => $"tables/{table}.jsonl.gz";
}
