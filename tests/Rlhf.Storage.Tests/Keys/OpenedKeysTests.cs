using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Keys;

/// <summary>The keys of a data folder as another program than its server sees them.</summary>
public sealed class OpenedKeysTests : IDisposable
{
    private static readonly StoredKey Key = new("rlhf_a", "phone-app", KeyRoles.Chat, new string('a', 64), null, DateTimeOffset.UnixEpoch);
    private readonly TemporaryFolder folder = new();

    private string Data => Path.Combine(folder.Path, "data");

    [Fact]
    public async Task A_key_can_be_made_before_the_first_start_of_a_server()
    {
        using (var keys = OpenedKeys.InFolder(Data, create: true))
        {
            await keys.Store.AddAsync(Key);
        }

        using var store = new Store(Data);
        Assert.Equal([Key], await store.Keys.ListAsync());
        Assert.Equal(1, (await store.Ledger.AppendAsync(Samples.Thumbs("e1"))).Sequence);
    }

    [Fact]
    public async Task Keys_are_made_and_revoked_beside_a_server_that_writes()
    {
        using var store = new Store(Data);
        Assert.Empty(await store.Keys.ListAsync());
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await store.Ledger.AppendAsync(Samples.Thumbs($"e{i}"));
            }
        });
        using (var keys = OpenedKeys.InFolder(Data, create: true))
        {
            for (var i = 0; i < 5; i++)
            {
                await keys.Store.AddAsync(Key with { Id = $"rlhf_{i}" });
                await keys.Store.RevokeAsync($"rlhf_{i}", DateTimeOffset.UnixEpoch.AddDays(i));
            }
        }

        await writing;
        Assert.Equal(5, (await store.Keys.ListAsync()).Count(key => key.RevokedAt is not null));
        Assert.Equal(new LedgerVerification(200, null, null), await store.Ledger.VerifyAsync());
    }

    [AzuriteFact]
    public async Task Keys_in_tables_are_made_and_revoked_beside_a_server()
    {
        var tables = new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}");
        using var store = new Store(tables);
        Assert.Empty(await store.Keys.ListAsync());
        using var keys = OpenedKeys.InTables(tables);
        await keys.Store.AddAsync(Key);
        Assert.Equal([Key], await store.Keys.ListAsync());
        await keys.Store.RevokeAsync(Key.Id, DateTimeOffset.UnixEpoch.AddDays(1));
        Assert.NotNull((await store.Keys.ListAsync()).Single().RevokedAt);
    }

    [Fact]
    public void A_folder_without_data_is_named_and_not_made()
    {
        Assert.Contains(Data, Assert.Throws<StorageException>(() => OpenedKeys.InFolder(Data, create: false)).Message);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public void A_server_of_another_version_keeps_its_schema()
    {
        using var held = new DataFolder(Data);
        using (var session = new Storage.Sqlite.Session(held.Database, readOnly: false))
        {
            session.Execute("PRAGMA user_version = 1");
        }

        Assert.Contains("of another version", Assert.Throws<StorageException>(() => OpenedKeys.InFolder(Data, create: true)).Message);
        using var after = new Storage.Sqlite.Session(held.Database, readOnly: true);
        Assert.Equal(1, after.Number("PRAGMA user_version"));
    }

    [Fact]
    public void A_folder_whose_server_stores_in_tables_gets_no_database()
    {
        using var held = new DataFolder(Data);
        Assert.Contains("--storage azure-tables", Assert.Throws<StorageException>(() => OpenedKeys.InFolder(Data, create: true)).Message);
        Assert.False(File.Exists(held.Database));
    }

    public void Dispose() => folder.Dispose();
}
