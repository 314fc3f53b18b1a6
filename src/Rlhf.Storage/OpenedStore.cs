using Rlhf.Storage.Sqlite;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>What a server keeps, opened by another program to be read, whether the server runs or not.</summary>
public sealed class OpenedStore : IDisposable
{
    private readonly IDisposable[] opened;

    private OpenedStore(IFeedbackLedger ledger, ITurnStore turns, IAdapterStore adapters, params IEnumerable<object> opened)
    {
        (Ledger, Turns, Adapters) = (ledger, turns, adapters);
        this.opened = [.. opened.OfType<IDisposable>()];
    }

    /// <summary>The feedback.</summary>
    public IFeedbackLedger Ledger { get; }

    /// <summary>The turns.</summary>
    public ITurnStore Turns { get; }

    /// <summary>The versions' adapters, reward models and manifests.</summary>
    public IAdapterStore Adapters { get; }

    /// <summary>Opens a data folder, or the copy of one that a backup is.</summary>
    /// <param name="folder">The folder's path.</param>
    /// <returns>The store, to be disposed of.</returns>
    /// <exception cref="StorageException">There is no such folder, it can't be used, or a server of another version runs on it.</exception>
    public static OpenedStore InFolder(string folder)
    {
        var (database, damage) = (Database.Beside(StoreVerification.DatabaseOf(folder)), new StorageDamage());
        var adapters = new AdapterFiles(Path.Combine(Path.GetFullPath(folder), "versions"));
        return new OpenedStore(new SqliteFeedbackLedger(database, damage), new SqliteTurnStore(database, damage), adapters, adapters, database);
    }

    /// <summary>Opens Azure tables.</summary>
    /// <param name="options">The account and the tables' names.</param>
    /// <returns>The store, to be disposed of.</returns>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public static OpenedStore InTables(TableStorageOptions options)
    {
        var (account, damage) = (new TableAccount(options), new StorageDamage());
        var (ledger, turns) = (new TableFeedbackLedger(account, damage), new TableTurnStore(account, options, damage));
        return new OpenedStore(ledger, turns, new TableAdapterStore(account), ledger, turns);
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        foreach (var each in opened)
        {
            each.Dispose();
        }
    }
}
