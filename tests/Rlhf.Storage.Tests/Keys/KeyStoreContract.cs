namespace Rlhf.Storage.Tests.Keys;

/// <summary>What holds in every store.</summary>
public abstract class KeyStoreContract(StoreKind kind) : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, 123, TimeSpan.Zero);
    private readonly Store store = new(kind);

    [ContractFact]
    public async Task Keys_come_back_as_they_were_after_a_restart_oldest_first()
    {
        StoredKey[] keys =
        [
            Key("rlhf_b", Noon, KeyRoles.All, perMinute: 7),
            Key("rlhf_c", Noon.AddTicks(1), KeyRoles.Chat),
            Key("rlhf_a", Noon.AddDays(1), KeyRoles.Rate | KeyRoles.Operate) with { RevokedAt = Noon.AddDays(2), TokensPerMinute = 0, TokensPerDay = 5_000_000_000 },
        ];
        foreach (var key in keys.Reverse())
        {
            await store.Keys.AddAsync(key);
        }

        store.Restart();
        Assert.Equal(keys, await store.Keys.ListAsync());
    }

    [ContractFact]
    public async Task Where_no_key_was_added_there_is_none() => Assert.Empty(await store.Keys.ListAsync());

    [ContractFact]
    public async Task A_revoked_key_stays_and_keeps_its_first_date()
    {
        var key = Key("rlhf_a", Noon, KeyRoles.Chat, perMinute: 5);
        await store.Keys.AddAsync(key);
        await store.Keys.AddAsync(Key("rlhf_b", Noon.AddDays(1), KeyRoles.Chat));
        var revoked = key with { RevokedAt = Noon.AddHours(1) };

        Assert.Equal(revoked, await store.Keys.RevokeAsync("rlhf_a", Noon.AddHours(1)));
        Assert.Equal(revoked, await store.Keys.RevokeAsync("rlhf_a", Noon.AddHours(2)));
        store.Restart();
        Assert.Equal([revoked.RevokedAt, null], (await store.Keys.ListAsync()).Select(each => each.RevokedAt));
    }

    [ContractFact]
    public async Task A_key_that_is_not_there_cannot_be_revoked()
    {
        await store.Keys.AddAsync(Key("rlhf_a", Noon, KeyRoles.Chat));
        Assert.Null(await store.Keys.RevokeAsync("rlhf_b", Noon));
        Assert.Null(await store.Keys.RevokeAsync("rlhf", Noon));
    }

    [ContractFact]
    public async Task A_key_sent_again_is_there_once_and_another_of_its_id_is_refused()
    {
        var key = Key("rlhf_a", Noon, KeyRoles.Chat);
        await store.Keys.AddAsync(key);
        await store.Keys.AddAsync(key);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Keys.AddAsync(key with { Sha256 = new string('f', 64), Roles = KeyRoles.All }));

        Assert.Equal([key], await store.Keys.ListAsync());
    }

    [ContractFact]
    public async Task Keys_revoked_by_several_at_once_have_one_date()
    {
        await store.Keys.AddAsync(Key("rlhf_a", Noon, KeyRoles.Chat));
        var revoked = await Task.WhenAll(Enumerable.Range(1, 8).Select(hour => store.Keys.RevokeAsync("rlhf_a", Noon.AddHours(hour))));
        Assert.Single(revoked.Select(key => key!.RevokedAt).Distinct());
    }

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }

    private static StoredKey Key(string id, DateTimeOffset at, KeyRoles roles, int? perMinute = null) =>
        new(id, "phone-app", roles, new string('a', 64), perMinute, at);
}

/// <summary>It holds in SQLite.</summary>
public sealed class SqliteKeyStoreTests() : KeyStoreContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableKeyStoreTests() : KeyStoreContract(StoreKind.Tables);
