using Microsoft.Data.Sqlite;

namespace Rlhf.Storage.Tests.Sqlite;

public sealed class SchemaTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string DatabaseFile => Path.Combine(folder.Path, "rlhf.db");

    [Fact]
    public async Task An_empty_database_takes_all_steps()
    {
        await File.WriteAllBytesAsync(DatabaseFile, []);
        using var store = new Store(folder.Path);

        Assert.Equal(1, (await store.Ledger.AppendAsync(Samples.Thumbs("e1"))).Sequence);
        Assert.Equal(Storage.Sqlite.Schema.Version, await store.Database.ReadAsync(s => s.Number("PRAGMA user_version"), CancellationToken.None));
    }

    [Fact]
    public async Task A_database_of_version_1_is_read_and_goes_on()
    {
        Run(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Sqlite", "version-1.sql")));
        using var store = new Store(folder.Path);

        Assert.Equal(new LedgerVerification(2, null, null), await store.Ledger.VerifyAsync());
        Assert.Equivalent(Samples.Thumbs("e1"), (await store.Ledger.ReadAsync(0).ToListAsync())[0].Event, strict: true);
        Assert.Equivalent(Samples.Turn("c-1", 1), await store.Turns.FindAsync("c-1", 1), strict: true);
        Assert.Equal(2, (await store.Ledger.ReadConversationAsync("c-1")).Count);
        Assert.Equal(3, (await store.Ledger.AppendAsync(Samples.Thumbs("e3"))).Sequence);
    }

    [Fact]
    public void A_step_that_fails_leaves_nothing_behind()
    {
        // The last table of step 1 is in the way.
        Run("CREATE TABLE reminders(x); PRAGMA user_version = 0");
        using (var session = new Storage.Sqlite.Session(DatabaseFile, readOnly: false))
        {
            session.Execute("PRAGMA user_version = 0");
        }

        using var store = new Store(folder.Path);
        Assert.Throws<StorageException>(() => store.Ledger);
        Assert.Equal(["reminders"], Tables());
    }

    [Fact]
    public void A_database_of_a_newer_program_is_left_alone()
    {
        Run("PRAGMA user_version = 99");
        using var store = new Store(folder.Path);

        var error = Assert.Throws<StorageException>(() => store.Ledger);
        Assert.Contains($"{DatabaseFile} has schema version 99", error.Message);
    }

    [Fact]
    public void A_database_of_another_program_is_left_alone()
    {
        Run("CREATE TABLE recipes(name TEXT)");
        using var store = new Store(folder.Path);

        var error = Assert.Throws<StorageException>(() => store.Ledger);
        Assert.Contains($"{DatabaseFile} holds tables but no schema version", error.Message);
        Assert.Equal(["recipes"], Tables());
    }

    public void Dispose() => folder.Dispose();

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabaseFile};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private List<string> Tables()
    {
        using var session = new Storage.Sqlite.Session(DatabaseFile, readOnly: true);
        return session.All("SELECT name FROM sqlite_master WHERE type = 'table'", r => r.GetString(0));
    }
}
