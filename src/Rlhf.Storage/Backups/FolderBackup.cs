using Microsoft.Data.Sqlite;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <summary>Backups of a data folder: the database, and the files of versions. Checkpoints of a job that runs are not in it: after a restore the job begins
/// anew.</summary>
internal static class FolderBackup
{
    private const string Versions = "versions";

    /// <summary>Copies a data folder, whether a server runs on it or not.</summary>
    /// <remarks>The database first, as it is at one moment; a version's files are there before the database speaks of them.</remarks>
    public static async Task<BackupManifest> MakeAsync(string data, string backup, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var database = StoreVerification.DatabaseOf(data);
        var createdAt = DateTimeOffset.UtcNow;
        using var folder = StagedFolder.Begin(backup, "backup");
        var copy = folder.PathOf(Path.GetFileName(database));
        progress.Report($"copying the database, {new FileInfo(database).Length / 1e6:0.0} MB");
        await CopyDatabaseAsync(database, copy, cancellationToken).ConfigureAwait(false);
        await CopyVersionsAsync(Path.Combine(Path.GetFullPath(data), Versions), folder, progress, cancellationToken).ConfigureAwait(false);
        progress.Report("looking through the copy");
        var found = await StoreVerification.OfFolderAsync(folder.Root, cancellationToken).ConfigureAwait(false);
        return found.Damage is []
            ? await folder.FinishAsync(BackupManifest.Sqlite, createdAt, found.Events, cancellationToken).ConfigureAwait(false)
            : throw new StorageDamagedException($"What would be copied is damaged, so that no backup was made: {found.Damage[0]} ./rlhf verify tells all.");
    }

    /// <summary>Makes a data folder of a backup.</summary>
    public static async Task<BackupManifest> RestoreAsync(string backup, string data, IProgress<string> progress, CancellationToken cancellationToken)
    {
        using var folder = StagedFolder.Begin(data, "restored data");
        var manifest = await BackupManifest.CheckedAsync(backup, BackupManifest.Sqlite, progress, cancellationToken).ConfigureAwait(false);
        foreach (var file in manifest.Files)
        {
            progress.Report($"restoring {file.Name}");
            await CopyFileAsync(Path.Combine(backup, file.Name), folder.PathOf(file.Name), cancellationToken).ConfigureAwait(false);
        }

        progress.Report("looking through what was restored");
        var found = await StoreVerification.OfFolderAsync(folder.Root, cancellationToken).ConfigureAwait(false);
        if (found.Damage is not [] || found.Events != manifest.Events)
        {
            throw new StorageDamagedException($"The backup in {backup} is damaged: {(found.Damage is [var first, ..] ? first : $"it holds {found.Events} events of the ledger, and should hold {manifest.Events}.")} Nothing was restored.");
        }

        folder.Finish();
        return manifest;
    }

    private static async Task CopyDatabaseAsync(string database, string copy, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Run(
                () =>
                {
                    using var session = new Session(database, readOnly: false);
                    using var interrupting = cancellationToken.Register(session.Interrupt);
                    session.Execute("VACUUM INTO ?1", copy);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (SqliteException error)
        {
            throw SqliteErrors.Explain(error, database);
        }
    }

    private static async Task CopyVersionsAsync(string versions, StagedFolder folder, IProgress<string> progress, CancellationToken cancellationToken)
    {
        // Pointers before what they point to: another content gets another name, and the former one goes when its pointer has gone.
        var files = Directory.Exists(versions) ? Directory.GetFiles(versions).Select(file => Path.GetFileName(file)).ToList() : [];
        foreach (var name in files.Where(file => file.EndsWith(".sha256", StringComparison.Ordinal) || file.EndsWith(".claim", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            progress.Report($"copying {name}");
            await CopyPointedAsync(versions, name, folder, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Copies a pointer and its content. Should a training give the version another content meanwhile, the newer one is taken.</summary>
    private static async Task CopyPointedAsync(string versions, string name, StagedFolder folder, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var text = await File.ReadAllBytesAsync(Path.Combine(versions, name), cancellationToken).ConfigureAwait(false);
            try
            {
                if (AdapterFiles.ContentOf(text) is { } content)
                {
                    await CopyFileAsync(Path.Combine(versions, content), folder.PathOf($"{Versions}/{content}"), cancellationToken).ConfigureAwait(false);
                }

                Durable.WriteFile(folder.PathOf($"{Versions}/{name}"), text);
                return;
            }
            catch (FileNotFoundException error) when (attempt == 3)
            {
                throw new StorageDamagedException($"{Path.Combine(versions, name)} names {error.FileName}, which is missing, so that no backup was made. ./rlhf verify tells all.", error);
            }
            catch (FileNotFoundException)
            {
                // replaced between the two
            }
        }
    }

    private static async Task CopyFileAsync(string from, string to, CancellationToken cancellationToken)
    {
        await using var source = File.OpenRead(from);
        await using var target = Durable.CreateFile(to);
        await source.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
    }
}
