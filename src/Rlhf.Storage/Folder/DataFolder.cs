namespace Rlhf.Storage;

/// <summary>
/// The one folder that a server keeps everything in. It is locked while it is open, so that two servers never write
/// to the same one.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FolderLock held;

    /// <summary>Opens a folder, creating it where it is missing, and locks it.</summary>
    /// <param name="root">The folder's path.</param>
    /// <exception cref="StorageException">It can't be created or written to, or another process holds it.</exception>
    public DataFolder(string root)
    {
        if (string.IsNullOrWhiteSpace(root))
        {
            throw new StorageException("The data folder has no name. Name a folder, for example --data ./data.");
        }

        Root = Path.GetFullPath(root);
        try
        {
            Durable.CreateFolder(Root);
            held = FolderLock.Take(Root);
            try
            {
                Durable.CreateFolder(Versions);
                Durable.CreateFolder(Jobs);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.IsFull(e)
                ? new StorageFullException($"The data folder {Root} can't be prepared: the disk is full.", e)
                : new StorageException(
                    $"The data folder {Root} can't be used: {e.Message} Name a folder that this user may write to.", e);
        }
    }

    /// <summary>The folder's full path.</summary>
    public string Root { get; }

    /// <summary>The SQLite database.</summary>
    public string Database => DatabaseIn(Root);

    /// <summary>The folder of the trained adapters.</summary>
    public string Versions => Path.Combine(Root, "versions");

    /// <summary>The folder of the training jobs' checkpoints.</summary>
    public string Jobs => Path.Combine(Root, "jobs");

    /// <summary>The folder of one training job. It is not created here.</summary>
    /// <param name="jobId">The job: letters, digits, <c>.</c>, <c>-</c> and <c>_</c>, at most 64 of them.</param>
    /// <returns>The folder's full path.</returns>
    public string Job(string jobId) => Path.Combine(Jobs, FileName.Checked(jobId, "job id"));

    /// <summary>The SQLite database of a folder that is not opened here.</summary>
    internal static string DatabaseIn(string root) => Path.Combine(Path.GetFullPath(root), "rlhf.db");

    /// <summary>Gives the folder free for another process.</summary>
    public void Dispose() => held.Dispose();
}
