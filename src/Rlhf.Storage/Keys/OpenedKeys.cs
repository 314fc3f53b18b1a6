using Rlhf.Storage.Sqlite;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>The keys of an installation, opened by another program than its server, which may be running meanwhile.</summary>
public sealed class OpenedKeys : IDisposable
{
    private readonly IDisposable?[] opened;

    private OpenedKeys(IKeyStore store, params IDisposable?[] opened)
    {
        Store = store;
        this.opened = opened;
    }

    /// <summary>The keys.</summary>
    public IKeyStore Store { get; }

    /// <summary>Opens those in a data folder. Where no server runs on it, the folder is locked meanwhile.</summary>
    /// <param name="folder">The data folder's path.</param>
    /// <param name="create">Whether to make the folder and its database where they are missing.</param>
    /// <returns>The keys, to be disposed of.</returns>
    /// <exception cref="StorageException">There is no such folder, it can't be used, or a server of another version runs on it.</exception>
    public static OpenedKeys InFolder(string folder, bool create)
    {
        if (!create && !File.Exists(DataFolder.DatabaseIn(folder)))
        {
            throw new StorageException($"There is no data in {Path.GetFullPath(folder)}. Name the server's data folder, for example --data ./data.");
        }

        DataFolder? held = null;
        try
        {
            held = new DataFolder(folder);
            var database = new Database(held);
            return new OpenedKeys(new SqliteKeyStore(database), database, held);
        }
        catch (FolderInUseException)
        {
            // Its server's own database, which SQLite lets two processes write to by turns.
            var file = DataFolder.DatabaseIn(folder);
            var database = File.Exists(file)
                ? Database.Beside(file)
                : throw new StorageException($"The server that runs on {Path.GetFullPath(folder)} keeps its keys elsewhere: name its tables with --storage azure-tables --connection.");
            return new OpenedKeys(new SqliteKeyStore(database), database);
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    /// <summary>Opens those in Azure tables.</summary>
    /// <param name="options">The account and the tables' names.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="StorageException">The account's connection string or the tables' prefix can't be used.</exception>
    public static OpenedKeys InTables(TableStorageOptions options) => new(new TableKeyStore(new TableAccount(options)));

    /// <summary>Gives the folder free.</summary>
    public void Dispose()
    {
        foreach (var each in opened)
        {
            each?.Dispose();
        }
    }
}
