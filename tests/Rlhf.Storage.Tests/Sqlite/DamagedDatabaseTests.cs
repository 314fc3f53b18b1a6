using System.Text;

namespace Rlhf.Storage.Tests.Sqlite;

public sealed class DamagedDatabaseTests : IDisposable
{
    private readonly Store store = new();

    [Fact]
    public void A_file_that_is_no_database_is_named_at_the_start()
    {
        store.Close();
        File.WriteAllText(store.DatabaseFile, string.Concat(Enumerable.Repeat("this is no database. ", 500)));
        store.Restart();

        var error = Assert.Throws<StorageException>(() => store.Ledger);
        Assert.Contains($"The database {store.DatabaseFile} is damaged", error.Message);
        Assert.Contains("Restore it from a backup", error.Message);
    }

    [Fact]
    public async Task A_database_with_a_damaged_schema_is_named_at_the_start()
    {
        await store.Ledger.AppendAsync(Samples.Many(100));
        store.Close();
        Overwrite(offset: 100, length: 3000);
        store.Restart();

        var error = Assert.Throws<StorageException>(() => store.Ledger);
        Assert.Contains($"The database {store.DatabaseFile}", error.Message);
    }

    [Fact]
    public async Task A_damaged_table_is_an_error_of_the_reading_and_of_the_verification()
    {
        await store.Ledger.AppendAsync(Samples.Many(200));
        store.Close();
        Overwrite(offset: 4096 * 10, length: (int)new FileInfo(store.DatabaseFile).Length - (4096 * 10));
        store.Restart();

        await Assert.ThrowsAsync<StorageException>(async () => await store.Ledger.ReadAsync(0).ToListAsync());
        await Assert.ThrowsAsync<StorageException>(() => store.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task An_event_that_can_not_be_read_is_named_by_its_sequence()
    {
        await store.Ledger.AppendAsync(Samples.Many(3));
        await store.Database.WriteAsync(
            s => s.Execute("UPDATE feedback SET content = ?1 WHERE sequence = 2", Encoding.UTF8.GetBytes("{\"id\":")),
            CancellationToken.None);

        var error = await Assert.ThrowsAsync<StorageException>(async () => await store.Ledger.ReadAsync(0).ToListAsync());
        Assert.StartsWith("Entry 2 of the feedback ledger can't be read", error.Message);
    }

    public void Dispose() => store.Dispose();

    private void Overwrite(int offset, int length)
    {
        using var file = new FileStream(store.DatabaseFile, FileMode.Open, FileAccess.Write);
        file.Position = offset;
        file.Write([.. Enumerable.Repeat((byte)0xA5, length)]);
    }
}
