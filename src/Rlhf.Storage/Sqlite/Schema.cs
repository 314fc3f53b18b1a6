using System.Globalization;

namespace Rlhf.Storage.Sqlite;

/// <summary>
/// The tables, as the steps that lead to them. <c>PRAGMA user_version</c> counts the steps that a database has
/// taken. A step that was released is never changed; a change of the schema is a new step.
/// </summary>
internal static class Schema
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE feedback(
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            content BLOB NOT NULL,
            checksum BLOB NOT NULL);
        CREATE TABLE turns(
            sequence INTEGER PRIMARY KEY,
            conversation TEXT NOT NULL,
            number INTEGER NOT NULL,
            content BLOB NOT NULL,
            UNIQUE(conversation, number));
        CREATE TABLE grain_state(
            grain TEXT NOT NULL,
            state TEXT NOT NULL,
            etag TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY(grain, state));
        CREATE TABLE reminders(
            grain TEXT NOT NULL,
            name TEXT NOT NULL,
            hash INTEGER NOT NULL,
            start_at INTEGER NOT NULL,
            period INTEGER NOT NULL,
            etag TEXT NOT NULL,
            PRIMARY KEY(grain, name));
        CREATE INDEX reminders_by_hash ON reminders(hash);
        """,
        """
        ALTER TABLE feedback ADD COLUMN conversation TEXT;
        UPDATE feedback SET conversation = rtrim(substr(json_extract(CAST(content AS TEXT), '$.completion_id'), 10), '0123456789');
        UPDATE feedback SET conversation = substr(conversation, 1, length(conversation) - 1);
        CREATE INDEX feedback_by_conversation ON feedback(conversation) WHERE conversation IS NOT NULL;
        """,
        """
        CREATE TABLE keys(
            id TEXT PRIMARY KEY,
            client TEXT NOT NULL,
            roles TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            per_minute INTEGER,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER);
        """,
        """
        CREATE TABLE conversations(
            id TEXT PRIMARY KEY,
            client TEXT NOT NULL,
            user TEXT NOT NULL,
            opened_at INTEGER NOT NULL);
        CREATE INDEX conversations_by_user ON conversations(client, user, opened_at, id);
        INSERT INTO conversations
            SELECT substr(grain, 14), coalesce(json_extract(state_json, '$.Client'), ''), json_extract(state_json, '$.Owner'),
                coalesce((SELECT CAST((julianday(json_extract(CAST(turns.content AS TEXT), '$.at')) - 2440587.5) * 86400000 AS INTEGER)
                    FROM turns WHERE turns.conversation = substr(grain, 14) ORDER BY turns.number LIMIT 1), 0)
            FROM (SELECT grain, CAST(content AS TEXT) AS state_json FROM grain_state WHERE grain LIKE 'conversation/%' AND state = 'conversation' AND json_valid(CAST(content AS TEXT)))
            WHERE json_extract(state_json, '$.Owner') IS NOT NULL;
        """,
        """
        ALTER TABLE keys ADD COLUMN tokens_per_minute INTEGER;
        ALTER TABLE keys ADD COLUMN tokens_per_day INTEGER;
        """,
        """
        CREATE TABLE remains(id INTEGER PRIMARY KEY CHECK(id = 1));
        INSERT INTO remains SELECT 1 WHERE EXISTS(SELECT 1 FROM feedback WHERE id LIKE 'erasure/%');
        """,
    ];

    public static int Version => Steps.Length;

    /// <summary>Refuses a database whose schema is not this program's.</summary>
    public static void Require(Session session, string database)
    {
        var version = session.Number("PRAGMA user_version") ?? 0;
        if (version != Steps.Length)
        {
            throw new StorageException(
                $"The server that runs on {database} is of another version: its schema is {version}, this program's is {Steps.Length}. "
                + "Use the program of that version, or stop the server first.");
        }
    }

    /// <summary>Takes the steps that the database lacks, each in a transaction of its own.</summary>
    public static void Migrate(Session session, string database)
    {
        var version = session.Number("PRAGMA user_version") ?? 0;
        if (version > Steps.Length)
        {
            throw new StorageException(
                $"The database {database} has schema version {version}, this program knows up to {Steps.Length}. "
                + "Run the newer program that wrote it.");
        }

        if (version == 0 && session.Number("SELECT count(*) FROM sqlite_master") > 0)
        {
            throw new StorageException(
                $"The database {database} holds tables but no schema version: another program made it. Name another data folder.");
        }

        for (var step = (int)version; step < Steps.Length; step++)
        {
            session.Execute("BEGIN IMMEDIATE");
            try
            {
                session.Script(Steps[step]);
                session.Script(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {step + 1}"));
                session.Execute("COMMIT");
            }
            catch
            {
                session.Rollback();
                throw;
            }
        }
    }
}
