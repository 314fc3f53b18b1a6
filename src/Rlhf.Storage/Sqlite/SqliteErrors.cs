using Microsoft.Data.Sqlite;

namespace Rlhf.Storage.Sqlite;

/// <summary>Puts SQLite's errors into an operator's words.</summary>
internal static class SqliteErrors
{
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int NotADatabase = 26;

    // The index of the write-ahead log could not grow: a full disk again, by another name.
    private const int SharedMemorySize = 10 | (19 << 8);

    public static StorageException Explain(SqliteException e, string database) => e switch
    {
        { SqliteErrorCode: Full } or { SqliteExtendedErrorCode: SharedMemorySize } => new StorageFullException(
            $"There is no room left to write to {database}: nothing of this request was stored. Free some space and try again.", e),
        { SqliteErrorCode: Corrupt or NotADatabase } => new StorageDamagedException(
            $"The database {database} is damaged ({e.Message}). Restore it from a backup, or move it away to start anew.", e),
        _ => new StorageException($"The database {database} failed: {e.Message}", e),
    };
}
