using Rlhf.Storage.Sqlite;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>What looking through everything that is stored showed.</summary>
/// <param name="Events">Events of the ledger that hold, from the first one on.</param>
/// <param name="Parts">Adapters and reward models that were looked at.</param>
/// <param name="Turns">Turns that were looked at.</param>
/// <param name="States">States of grains that were looked at.</param>
/// <param name="Damaged">How many things are damaged.</param>
/// <param name="Damage">What does not hold, each in a sentence: the first of each kind, and how many more there are.</param>
public sealed record StoreVerification(long Events, int Parts, long Turns, long States, long Damaged, IReadOnlyList<string> Damage)
{
    /// <summary>Looks through a data folder, whether a server runs on it or not.</summary>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">There is no such folder, it can't be used, or a server of another version runs on it.</exception>
    public static async Task<StoreVerification> OfFolderAsync(string folder, CancellationToken cancellationToken)
    {
        var path = DatabaseOf(folder);
        using var database = Database.Beside(path);
        var (file, versions) = (new Findings("faults of the database's file"), new Findings("files of versions"));
        if (await DatabaseCheck.WhyNotAsync(database, cancellationToken).ConfigureAwait(false) is { } reason)
        {
            file.Add(reason);
        }

        var parts = await AdapterFiles.VerifyAsync(Path.Combine(Path.GetFullPath(folder), "versions"), versions, cancellationToken).ConfigureAwait(false);
        var rows = new SqliteRowCheck(database);
        return await AllAsync(damage => new SqliteFeedbackLedger(database, damage), rows.TurnsAsync, rows.StatesAsync, parts, file, versions, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks through the ledger, the turns and the grains' states in Azure tables. Adapters there are checked whenever they are read.</summary>
    /// <param name="options">The account and the tables' names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The tables can't be reached, or the account can't be used.</exception>
    public static async Task<StoreVerification> OfTablesAsync(TableStorageOptions options, CancellationToken cancellationToken)
    {
        var account = new TableAccount(options);
        var rows = new TableRowCheck(account);
        return await AllAsync(damage => new TableFeedbackLedger(account, damage), rows.TurnsAsync, rows.StatesAsync, 0, new Findings("tables"), new Findings("files of versions"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The database of a data folder.</summary>
    /// <exception cref="StorageException">There is none.</exception>
    internal static string DatabaseOf(string folder)
    {
        var path = DataFolder.DatabaseIn(folder);
        return File.Exists(path)
            ? path
            : throw new StorageException($"There is no database in {Path.GetFullPath(folder)}. Name the server's data folder, for example --data ./data.");
    }

    /// <summary>A kind that can't be looked through keeps no other from being looked at.</summary>
    private static async Task<StoreVerification> AllAsync(
        Func<StorageDamage, IFeedbackLedger> open, Func<Findings, CancellationToken, Task<long>> lookAtTurns, Func<Findings, CancellationToken, Task<long>> lookAtStates, int parts, Findings file, Findings versions, CancellationToken cancellationToken)
    {
        var unread = new StorageDamage();
        var ledger = open(unread);
        try
        {
            var (entries, turns, states) = (new Findings("entries of the ledger"), new Findings("turns"), new Findings("states of grains"));
            var verified = new LedgerVerification(0, null, null);
            await TryAsync(async () => verified = await ledger.VerifyAsync(cancellationToken).ConfigureAwait(false), entries).ConfigureAwait(false);
            await TryAsync(
                async () =>
                {
                    await foreach (var _ in ledger.ReadAsync(0, cancellationToken).ConfigureAwait(false))
                    {
                        // what can't be read is reported
                    }
                },
                entries).ConfigureAwait(false);
            foreach (var what in unread.Found)
            {
                entries.Add(what);
            }

            var (turnCount, stateCount) = (0L, 0L);
            await TryAsync(async () => turnCount = await lookAtTurns(turns, cancellationToken).ConfigureAwait(false), turns).ConfigureAwait(false);
            await TryAsync(async () => stateCount = await lookAtStates(states, cancellationToken).ConfigureAwait(false), states).ConfigureAwait(false);
            Findings[] all = [file, entries, turns, states, versions];
            return new StoreVerification(
                verified.Entries, parts, turnCount, stateCount, all.Sum(kind => kind.Count) + verified.Broken,
                [.. file.Told, .. verified.Breaks, .. entries.Told, .. turns.Told, .. states.Told, .. versions.Told]);
        }
        finally
        {
            (ledger as IDisposable)?.Dispose();
        }
    }

    private static async Task TryAsync(Func<Task> look, Findings damage)
    {
        try
        {
            await look().ConfigureAwait(false);
        }
        catch (StorageDamagedException error)
        {
            damage.Add(error.Message);
        }
    }
}
