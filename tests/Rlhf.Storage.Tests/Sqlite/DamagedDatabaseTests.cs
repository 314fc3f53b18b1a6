using System.Text;
using Orleans;
using Orleans.Runtime;
using Rlhf.Storage.Sqlite;

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

        var error = Assert.Throws<StorageDamagedException>(() => store.Ledger);
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

        var error = Assert.Throws<StorageDamagedException>(() => store.Ledger);
        Assert.Contains($"The database {store.DatabaseFile}", error.Message);
    }

    [Fact]
    public async Task A_damaged_table_is_an_error_of_the_reading_and_of_the_verification()
    {
        await store.Ledger.AppendAsync(Samples.Many(200));
        store.Close();
        Overwrite(offset: 4096 * 10, length: (int)new FileInfo(store.DatabaseFile).Length - (4096 * 10));
        store.Restart();

        await Assert.ThrowsAsync<StorageDamagedException>(async () => await store.Ledger.ReadAsync(0).ToListAsync());
        await Assert.ThrowsAsync<StorageDamagedException>(() => store.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task An_event_that_can_not_be_read_is_set_aside_and_the_rest_goes_on()
    {
        await store.Ledger.AppendAsync(Samples.Many(3));
        await DamageAsync("UPDATE feedback SET content = ?1 WHERE sequence = 2");

        Assert.Equal([1, 3], (await store.Ledger.ReadAsync(0).ToListAsync()).Select(entry => entry.Sequence));
        Assert.Equal([1, 3], (await store.Ledger.ReadAsync(0).ToListAsync()).Select(entry => entry.Sequence));
        Assert.StartsWith("Entry 2 of the feedback ledger can't be read", Assert.Single(store.Damage.Found));
        Assert.Equal(2, (await store.Ledger.VerifyAsync()).BrokenAt);
        Assert.False((await store.Ledger.AppendAsync(Samples.Thumbs("next"))).Duplicate);

        var found = await StoreVerification.OfFolderAsync(store.Folder, CancellationToken.None); // beside the open store
        Assert.Equal(1, found.Events);
        Assert.Equal(2, found.Damage.Count);
        Assert.All(found.Damage, damage => Assert.Contains("Entry 2", damage));
    }

    [Fact]
    public async Task A_store_that_holds_is_found_to_hold()
    {
        await store.Ledger.AppendAsync(Samples.Many(40));
        await store.Adapters.SaveAsync("v1", new byte[100], (await store.Adapters.ClaimAsync("v1")).Token);
        var found = await StoreVerification.OfFolderAsync(store.Folder, CancellationToken.None);
        Assert.Equal((40L, 1), (found.Events, found.Parts));
        Assert.Empty(found.Damage);

        File.Delete(Assert.Single(Directory.GetFiles(Path.Combine(store.Folder, "versions"), "v1-*.safetensors")));
        Assert.Contains("v1", Assert.Single((await StoreVerification.OfFolderAsync(store.Folder, CancellationToken.None)).Damage));
        await Assert.ThrowsAsync<StorageException>(() => StoreVerification.OfFolderAsync(Path.Combine(store.Folder, "versions"), CancellationToken.None));
    }

    [Fact]
    public async Task Everything_that_is_damaged_is_found_and_not_only_the_first()
    {
        await store.Ledger.AppendAsync(Samples.Many(60));
        for (var number = 1; number <= 30; number++)
        {
            await store.Turns.AppendAsync(Samples.Turn("c-1", number));
        }

        await store.GrainStorage.WriteStateAsync("rater", GrainId.Create("rater", "ann"), new GrainState<List<int>>([1]));
        await DamageAsync("UPDATE feedback SET content = ?1 WHERE sequence IN (7, 40)");
        await DamageAsync("UPDATE turns SET content = ?1 WHERE number <= 25");
        var token = (await store.Adapters.ClaimAsync("v1")).Token;
        await store.Adapters.SaveAsync("v1", new byte[100], token);
        await store.Adapters.SettleAsync("v1", token, accepted: true);
        File.Delete(Path.Combine(store.Folder, "versions", "v1.sha256"));

        var found = await StoreVerification.OfFolderAsync(store.Folder, CancellationToken.None);
        Assert.Equal((6L, 30L, 1L), (found.Events, found.Turns, found.States));
        Assert.Equal(2 + 2 + 25 + 1 + 1, found.Damaged); // an entry breaks the chain and can't be read
        foreach (var what in new[] { "Entry 7 or its checksum", "Entry 40 or its checksum", "Turn 1 of", "And 5 more turns", "rater/ann", "The adapter of v1 is missing" })
        {
            Assert.Contains(found.Damage, damage => damage.Contains(what));
        }

        Assert.DoesNotContain(found.Damage, damage => damage.Contains("Turn 25"));
        await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"));
    }

    [Fact]
    public async Task The_file_is_looked_through_after_a_start()
    {
        await store.Ledger.AppendAsync(Samples.Many(200));
        store.Close();
        Overwrite(offset: 4096 * 10, length: (int)new FileInfo(store.DatabaseFile).Length - (4096 * 10));
        store.Restart();

        Assert.Contains("is damaged", await DatabaseCheck.WhyNotAsync(store.Database, CancellationToken.None));
    }

    [Fact]
    public async Task A_missing_database_beside_versions_is_refused_instead_of_made()
    {
        await store.Ledger.AppendAsync(Samples.Many(2));
        await store.Adapters.SaveAsync("v1", new byte[100], (await store.Adapters.ClaimAsync("v1")).Token);
        store.Close();
        foreach (var file in Directory.GetFiles(store.Folder, "rlhf.db*"))
        {
            File.Delete(file);
        }

        store.Restart();
        var error = Assert.Throws<StorageDamagedException>(() => store.Ledger);
        Assert.Contains("v1-", error.Message);
        Assert.False(File.Exists(store.DatabaseFile));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Nobody_but_its_owner_may_read_the_database()
    {
        await store.Ledger.AppendAsync(Samples.Many(2));
        Assert.All(Directory.GetFiles(store.Folder, "rlhf.db*"), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        store.Close();
        File.SetUnixFileMode(store.DatabaseFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        store.Restart();
        await store.Ledger.LastSequenceAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.DatabaseFile));
    }

    private Task<int> DamageAsync(string sql) => store.Database.WriteAsync(s => s.Execute(sql, Encoding.UTF8.GetBytes("{\"id\":")), CancellationToken.None);

    public void Dispose() => store.Dispose();

    private void Overwrite(int offset, int length)
    {
        using var file = new FileStream(store.DatabaseFile, FileMode.Open, FileAccess.Write);
        file.Position = offset;
        file.Write([.. Enumerable.Repeat((byte)0xA5, length)]);
    }
}
