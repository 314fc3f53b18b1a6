namespace Rlhf.Storage;

/// <summary>Copies everything that a server keeps, while it runs, and makes a server's data of a copy.</summary>
public static class StoreBackup
{
    /// <summary>Copies a data folder, whether a server runs on it or not.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="backup">The folder to make. It appears when the backup is whole.</param>
    /// <param name="progress">What is being done.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="StorageException">There are no data, they are damaged, or the backup can't be written.</exception>
    public static Task<BackupManifest> OfFolderAsync(string data, string backup, IProgress<string> progress, CancellationToken cancellationToken) =>
        ExplainAsync(() => FolderBackup.MakeAsync(data, backup, progress, cancellationToken));

    /// <summary>Copies the tables, beside the servers that write to them.</summary>
    /// <param name="tables">The account and the tables' names.</param>
    /// <param name="backup">The folder to make. It appears when the backup is whole.</param>
    /// <param name="writtenLast">Names of grain states, the one that a change reaches last before the one that it reaches before that.</param>
    /// <param name="progress">What is being done.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="StorageException">The tables can't be reached, or the backup can't be written.</exception>
    public static Task<BackupManifest> OfTablesAsync(
        TableStorageOptions tables, string backup, IReadOnlyList<string> writtenLast, IProgress<string> progress, CancellationToken cancellationToken) =>
        ExplainAsync(() => new TableBackup(tables, progress).MakeAsync(backup, writtenLast, cancellationToken));

    /// <summary>Makes a data folder of a backup.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <param name="data">The data folder to make.</param>
    /// <param name="progress">What is being done.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="StorageException">The backup is damaged or of another store, or there is something in the data folder already.</exception>
    public static Task<BackupManifest> RestoreToFolderAsync(string backup, string data, IProgress<string> progress, CancellationToken cancellationToken) =>
        ExplainAsync(() => FolderBackup.RestoreAsync(backup, data, progress, cancellationToken));

    /// <summary>Fills empty tables from a backup. Interrupted, it goes on when it is called again, and no server starts on the tables before it is done.</summary>
    /// <param name="backup">The backup's folder.</param>
    /// <param name="tables">The account and the tables' names.</param>
    /// <param name="progress">What is being done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The backup is damaged or of another store, or there is something in the tables already.</exception>
    public static Task<BackupManifest> RestoreToTablesAsync(string backup, TableStorageOptions tables, IProgress<string> progress, CancellationToken cancellationToken) =>
        ExplainAsync(() => new TableBackup(tables, progress).RestoreAsync(backup, cancellationToken));

    private static async Task<BackupManifest> ExplainAsync(Func<Task<BackupManifest>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.IsFull(error) ? new StorageFullException($"There is no room: {error.Message}", error) : new StorageException(error.Message, error);
        }
    }
}
