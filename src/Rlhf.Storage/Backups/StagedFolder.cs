namespace Rlhf.Storage;

/// <summary>A folder that appears whole or not at all: it is filled beside its place, under a name that nobody else has, made durable, and renamed. What a
/// crash leaves lies there under that name.</summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string place;
    private bool finished;

    private StagedFolder(string place, string root)
    {
        (this.place, Root) = (place, root);
        Durable.CreateFolder(root);
    }

    /// <summary>Where it is filled.</summary>
    public string Root { get; }

    /// <summary>Begins a folder where there is none yet, or an empty one.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="what">What it will be, for messages.</param>
    /// <exception cref="StorageException">Something is there already, or the folder can't be made.</exception>
    public static StagedFolder Begin(string path, string what)
    {
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(place) || (Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any()))
        {
            throw new StorageException($"{place} is there already and isn't empty: name a new folder for the {what}.");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            return new StagedFolder(place, $"{place}.unfinished-{Guid.NewGuid():N}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The {what} can't be written to {place}: {error.Message}", error);
        }
    }

    /// <summary>The path of one of its files, whose folder is there.</summary>
    public string PathOf(string name)
    {
        var path = Path.Combine(Root, name);
        Durable.CreateFolder(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>The names of its files, with <c>/</c> between the parts.</summary>
    public IEnumerable<string> Files() => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Root, file).Replace(Path.DirectorySeparatorChar, '/'))
        .Order(StringComparer.Ordinal);

    /// <summary>Writes what it is a backup of beside its files, and puts it in its place.</summary>
    public async Task<BackupManifest> FinishAsync(string store, DateTimeOffset createdAt, long events, CancellationToken cancellationToken)
    {
        var files = new List<BackupFile>();
        foreach (var name in Files())
        {
            files.Add(await BackupFile.OfAsync(Root, name, cancellationToken).ConfigureAwait(false));
        }

        var manifest = new BackupManifest(BackupManifest.CurrentFormat, store, createdAt, events, files);
        Durable.WriteFile(PathOf(BackupManifest.FileName), manifest.ToBytes());
        Finish();
        return manifest;
    }

    /// <summary>Puts it in its place.</summary>
    public void Finish()
    {
        foreach (var name in Files())
        {
            using var file = new FileStream(Path.Combine(Root, name), FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);
        }

        foreach (var folder in Directory.EnumerateDirectories(Root, "*", SearchOption.AllDirectories).Append(Root))
        {
            Durable.FlushFolder(folder);
        }

        try
        {
            if (Directory.Exists(place))
            {
                Directory.Delete(place); // it was empty, or somebody else was faster
            }

            Directory.Move(Root, place);
        }
        catch (IOException error) when (Directory.Exists(place))
        {
            throw new StorageException($"{place} was made by somebody else meanwhile; nothing was changed there.", error);
        }

        Durable.FlushFolder(Path.GetDirectoryName(place)!);
        finished = true;
    }

    public void Dispose()
    {
        if (!finished)
        {
            Directory.Delete(Root, recursive: true);
        }
    }
}
