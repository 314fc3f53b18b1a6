using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Rlhf.Benchmarks.Feedback;

/// <summary>A row of the ledger's table.</summary>
internal sealed record Row(string Id, string? Conversation, byte[] Content, byte[] Checksum);

/// <summary>
/// What SQLite itself does with the ledger's rows: one prepared statement of its C interface, a transaction a batch, flushed as the ledger
/// flushes (write-ahead log, <c>synchronous = FULL</c>). No encoding, no checksums, no index by conversation.
/// </summary>
internal static class BareInsert
{
    /// <summary>Inserts the rows by batches into a new database.</summary>
    public static Task<Cost> RunAsync(IReadOnlyList<Row> rows) => InNewDatabaseAsync(connection => Cost.OfAsync(rows.Count, () =>
    {
        Insert(connection, rows, Thumbs.BatchSize, _ => { });
        return Task.CompletedTask;
    }));

    /// <summary>Inserts the rows one by one into a new database.</summary>
    /// <returns>What each insert with its flush took, in milliseconds and in order: no call of the ledger can take less.</returns>
    public static Task<double[]> FlushesAsync(IReadOnlyList<Row> rows) => InNewDatabaseAsync(connection =>
    {
        var times = new List<double>();
        Insert(connection, rows, size: 1, taken => times.Add(taken.TotalMilliseconds));
        return Task.FromResult(times.Order().ToArray());
    });

    /// <summary>The rows of a ledger.</summary>
    public static IReadOnlyList<Row> Read(string database)
    {
        using var connection = Open(database);
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT id, conversation, content, checksum FROM feedback ORDER BY sequence";
        using var reader = select.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
            rows.Add(new Row(reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), (byte[])reader[2], (byte[])reader[3]));
        return rows;
    }

    private static async Task<T> InNewDatabaseAsync<T>(Func<SqliteConnection, Task<T>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("rlhf-bench-").FullName;
        try
        {
            using var connection = Open(Path.Combine(folder, "bare.db"));
            Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            Execute(connection, "CREATE TABLE rows(sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, conversation TEXT, content BLOB NOT NULL, checksum BLOB NOT NULL)");
            return await measure(connection);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Insert(SqliteConnection connection, IReadOnlyList<Row> rows, int size, Action<TimeSpan> committed)
    {
        var database = connection.Handle!;
        Require(raw.sqlite3_prepare_v2(database, "INSERT INTO rows(id, conversation, content, checksum) VALUES(?1, ?2, ?3, ?4)", out var insert), raw.SQLITE_OK);
        using (insert)
        {
            for (var first = 0; first < rows.Count; first += size)
            {
                var began = Stopwatch.GetTimestamp();
                Execute(connection, "BEGIN IMMEDIATE");
                for (var i = first; i < Math.Min(first + size, rows.Count); i++)
                {
                    var row = rows[i];
                    Require(raw.sqlite3_bind_text(insert, 1, row.Id), raw.SQLITE_OK);
                    Require(row.Conversation is null ? raw.sqlite3_bind_null(insert, 2) : raw.sqlite3_bind_text(insert, 2, row.Conversation), raw.SQLITE_OK);
                    Require(raw.sqlite3_bind_blob(insert, 3, row.Content), raw.SQLITE_OK);
                    Require(raw.sqlite3_bind_blob(insert, 4, row.Checksum), raw.SQLITE_OK);
                    Require(raw.sqlite3_step(insert), raw.SQLITE_DONE);
                    Require(raw.sqlite3_reset(insert), raw.SQLITE_OK);
                }

                Execute(connection, "COMMIT");
                committed(Stopwatch.GetElapsedTime(began));
            }
        }
    }

    private static SqliteConnection Open(string database)
    {
        var connection = new SqliteConnection($"Data Source={database};Pooling=false");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Require(int code, int right)
    {
        if (code != right)
            throw new InvalidOperationException($"SQLite answered {code}, not {right}.");
    }
}
