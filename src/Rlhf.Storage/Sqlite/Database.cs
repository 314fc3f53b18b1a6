using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Rlhf.Storage.Sqlite;

/// <summary>The database of a data folder: one writer, and as many readers as are reading.</summary>
internal sealed class Database : IDisposable
{
    private const long LargestRewrittenAtStart = 1L << 30;
    private static readonly TimeSpan RewriteAfter = TimeSpan.FromMinutes(10);

    private readonly string path;
    private readonly GroupCommit writer;
    private readonly ConcurrentBag<Session> readers = [];
    private volatile bool closed;

    public Database(DataFolder folder)
        : this(folder, RewriteAfter)
    {
    }

    /// <summary>Opens a folder's database.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="rewriteAfter">How long after the last erasure the file is written anew.</param>
    internal Database(DataFolder folder, TimeSpan rewriteAfter)
        : this(Expected(folder), Schema.Migrate, rewriteAfter)
    {
    }

    private Database(string path, Action<Session, string> prepare, TimeSpan? rewriteAfter)
    {
        this.path = path;
        Session? session = null;
        try
        {
            KeepToItsOwner(path);
            session = new Session(path, readOnly: false);

            // A commit is on the disk when it returns (FULL), and readers see the last one while the next is written (WAL).
            // What is deleted is overwritten in the file.
            session.Script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA secure_delete = ON");
            prepare(session, path);
            var remains = new Remains(session);
            if (rewriteAfter is not null)
            {
                remains.Clear(LargestRewrittenAtStart);
            }

            session.TryEmptyLog(); // a crash may have left what was erased since
            writer = new GroupCommit(session, path, remains, rewriteAfter);
        }
        catch (SqliteException e)
        {
            session?.Dispose();
            throw SqliteErrors.Explain(e, path);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>The database of a folder that another process holds: its schema is that process's and is left as it is.</summary>
    public static Database Beside(string path) => new(path, Schema.Require, rewriteAfter: null);

    /// <summary>Makes a change. When the task completes it is durable; if it fails nothing was changed.</summary>
    /// <param name="change">The change.</param>
    /// <param name="cancellationToken">Cancels while it waits.</param>
    /// <param name="erases">Whether what was there before has to be gone from the write-ahead log, too.</param>
    public Task<T> WriteAsync<T>(Func<Session, T> change, CancellationToken cancellationToken, bool erases = false) =>
        writer.WriteAsync(change, erases, cancellationToken);

    /// <summary>Reads beside the writer. On the pool, for a slow disk must not hold up a grain's scheduler.</summary>
    public Task<T> ReadAsync<T>(Func<Session, T> read, CancellationToken cancellationToken) =>
        Task.Run(() => Read(read), cancellationToken);

    public void Dispose()
    {
        closed = true;
        CloseReaders();
        writer.Dispose();
    }

    /// <summary>Where a folder's database is. Versions without one were trained on feedback that has gone missing: a new, empty one would hide that.</summary>
    private static string Expected(DataFolder folder)
    {
        var versions = Directory.EnumerateFiles(folder.Versions, "*.safetensors").Take(3).Select(System.IO.Path.GetFileName).ToList();
        return File.Exists(folder.Database) || versions.Count == 0
            ? folder.Database
            : throw new StorageDamagedException(
                $"The data folder {folder.Root} holds trained versions ({string.Join(", ", versions)}) and no database: {folder.Database} is missing. "
                + "Restore it from a backup, or name another folder to start anew.");
    }

    /// <summary>Nobody else on this machine may read it. SQLite gives the files beside it the same permissions.</summary>
    private static void KeepToItsOwner(string path)
    {
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            if (OperatingSystem.IsWindows())
            {
                return;
            }

            if (!File.Exists(path))
            {
                Durable.CreateFile(path).Dispose();
            }
            else if ((File.GetUnixFileMode(path) & ~own) != 0)
            {
                File.SetUnixFileMode(path, own);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What can't be made or changed SQLite tells better, and another user's file is theirs to keep.
        }
    }

    private void CloseReaders()
    {
        while (readers.TryTake(out var session))
        {
            session.Dispose();
        }
    }

    private T Read<T>(Func<Session, T> read)
    {
        ObjectDisposedException.ThrowIf(closed, typeof(Database));
        Session? session = null;
        try
        {
            if (!readers.TryTake(out session))
            {
                session = new Session(path, readOnly: true);
            }

            var result = read(session);
            readers.Add(session);
            if (closed)
            {
                CloseReaders();
            }

            return result;
        }
        catch (Exception e)
        {
            session?.Dispose();
            if (e is SqliteException error)
            {
                throw SqliteErrors.Explain(error, path);
            }

            throw;
        }
    }
}
