using System.Security.Cryptography;
using System.Text.Json;

namespace Rlhf.Storage;

/// <summary>What a backup is of, and what its files must be: <c>backup.json</c> in its folder.</summary>
/// <param name="Format">How the files are to be read; this program writes and reads <see cref="CurrentFormat"/>.</param>
/// <param name="Store">The store that it was made of: <c>sqlite</c> or <c>azure-tables</c>.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="Events">How many events of the ledger it holds.</param>
/// <param name="Files">Its files.</param>
public sealed record BackupManifest(int Format, string Store, DateTimeOffset CreatedAt, long Events, IReadOnlyList<BackupFile> Files)
{
    /// <summary>The format of this program's backups.</summary>
    public const int CurrentFormat = 1;

    internal const string FileName = "backup.json", Sqlite = "sqlite", AzureTables = "azure-tables";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads a backup's manifest and looks through its files.</summary>
    /// <exception cref="StorageException">There is no backup, it is of another store or a newer program, or a file is not what it was.</exception>
    internal static async Task<BackupManifest> CheckedAsync(string backup, string store, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var path = Path.Combine(backup, FileName);
        if (!File.Exists(path))
        {
            throw new StorageException($"There is no finished backup in {backup}: it has no {FileName}.");
        }

        var manifest = await ReadAsync(path, cancellationToken).ConfigureAwait(false);
        if (manifest.Format != CurrentFormat)
        {
            throw new StorageException($"The backup in {backup} has format {manifest.Format}; this program reads format {CurrentFormat}. Use the program that made it.");
        }

        if (manifest.Store != store)
        {
            throw new StorageException($"The backup in {backup} is of {manifest.Store} and can't be restored to {store}: say --storage {manifest.Store}.");
        }

        foreach (var file in manifest.Files)
        {
            if (Path.IsPathRooted(file.Name) || file.Name.Split('/').Any(part => part is "" or "." or ".."))
            {
                throw new StorageDamagedException($"{path} is damaged: '{file.Name}' is no file of a backup.");
            }

            progress.Report($"checking {file.Name}");
            var found = await BackupFile.OfAsync(backup, file.Name, cancellationToken).ConfigureAwait(false);
            if (found != file)
            {
                throw new StorageDamagedException(
                    $"The backup in {backup} is damaged: {file.Name} has {found.Bytes} bytes with the SHA-256 {found.Sha256}, it should have {file.Bytes} with {file.Sha256}. Nothing was restored.");
            }
        }

        return manifest;
    }

    private static async Task<BackupManifest> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return JsonSerializer.Deserialize<BackupManifest>(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), Json) is { Store: not null, Files: { } files } manifest && files.All(file => file is { Name: not null, Sha256: not null })
                ? manifest
                : throw new JsonException("it does not say what its store and its files are.");
        }
        catch (JsonException error)
        {
            throw new StorageDamagedException($"{path} is damaged: {error.Message}", error);
        }
    }
}

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its path in the backup's folder, with <c>/</c> between the parts.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its checksum, in hexadecimal digits.</param>
public sealed record BackupFile(string Name, long Bytes, string Sha256)
{
    internal static async Task<BackupFile> OfAsync(string folder, string name, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(Path.Combine(folder, name));
            return new BackupFile(name, file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false)));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StorageDamagedException($"The backup in {folder} is damaged: {name} is missing.", error);
        }
    }
}
