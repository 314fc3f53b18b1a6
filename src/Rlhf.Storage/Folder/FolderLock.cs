using System.Globalization;

namespace Rlhf.Storage;

/// <summary>
/// An exclusive lock on a folder. The system drops it when the process ends, however it ends; the id of the holder
/// lies beside it only so that an error can name it.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream file;
    private readonly string holder;

    private FolderLock(FileStream file, string holder)
    {
        this.file = file;
        this.holder = holder;
    }

    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, "lock");
        var holder = Path.Combine(folder, "lock.pid");
        FileStream file;
        try
        {
            // FileShare.None is flock(LOCK_EX) on Unix, which also holds between two handles of one process.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path) && !DiskErrors.IsFull(e) && !DiskErrors.IsReadOnly(e))
        {
            throw new FolderInUseException(
                $"The data folder {folder} is in use by {Holder(holder)}. Stop that one, or name another folder.", e);
        }

        try
        {
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (IOException e) when (DiskErrors.IsFull(e))
        {
            // The lock holds without it, and a server must start on a full disk too: reading still works.
        }
        catch
        {
            file.Dispose();
            throw;
        }

        return new FolderLock(file, holder);
    }

    public void Dispose()
    {
        if (file.CanRead)
        {
            // While the lock is still held: afterwards the file may be the next holder's.
            File.Delete(holder);
        }

        file.Dispose();
    }

    private static string Holder(string holder)
    {
        try
        {
            return File.ReadAllText(holder) is { Length: > 0 } id ? $"process {id}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
