namespace Rlhf.Storage.Tests.Adapters;

/// <summary>What holds in every store.</summary>
public abstract class AdapterContract(StoreKind kind) : IDisposable
{
    private readonly Store store = new(kind);

    [ContractFact]
    public async Task An_adapter_of_many_chunks_comes_back_as_it_was_after_a_restart()
    {
        var adapter = Bytes(2_500_000, 31);
        await store.Adapters.SaveAsync("v1", adapter);
        store.Restart();

        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1"));
        Assert.Null(await store.Adapters.LoadAsync("v2"));
    }

    [ContractFact]
    public async Task A_version_saved_again_has_the_new_adapter_and_its_neighbours_have_theirs()
    {
        await store.Adapters.SaveAsync("v1", Bytes(1_200_000, 1));
        await store.Adapters.SaveAsync("v1-b", Bytes(70_000, 2));
        await store.Adapters.SaveAsync("v1", Bytes(5_000, 3));
        await store.Adapters.SaveAsync("v1", Bytes(5_000, 3));
        await store.Adapters.SaveAsync("empty", Bytes(0, 1));

        Assert.Equal(Bytes(5_000, 3), await store.Adapters.LoadAsync("v1"));
        Assert.Equal(Bytes(70_000, 2), await store.Adapters.LoadAsync("v1-b"));
        Assert.Empty((await store.Adapters.LoadAsync("empty"))!);
    }

    [ContractFact]
    public async Task A_reward_model_lies_beside_its_adapter_and_neither_touches_the_other()
    {
        var claim = (await store.Adapters.ClaimAsync("v1")).Token;
        Assert.Null(await store.Adapters.LoadRewardAsync("v1"));
        await store.Adapters.SaveRewardAsync("v1", Bytes(1_500_000, 7), claim);
        Assert.Null(await store.Adapters.LoadAsync("v1"));
        await store.Adapters.SaveAsync("v1", Bytes(1_500_000, 7), claim);
        store.Restart();
        Assert.Equal(Bytes(1_500_000, 7), await store.Adapters.LoadRewardAsync("v1"));

        await store.Adapters.SaveAsync("v1", Bytes(10, 1), claim);
        Assert.Equal(Bytes(1_500_000, 7), await store.Adapters.LoadRewardAsync("v1"));
        await store.Adapters.SaveRewardAsync("v1", Bytes(900_000, 5), claim);
        Assert.Equal(Bytes(10, 1), await store.Adapters.LoadAsync("v1"));
        Assert.Equal(Bytes(900_000, 5), await store.Adapters.LoadRewardAsync("v1"));
        Assert.Null(await store.Adapters.LoadRewardAsync("v2"));
    }

    [ContractFact]
    public async Task A_version_that_was_accepted_has_an_adapter_or_is_damaged()
    {
        var accepted = (await store.Adapters.ClaimAsync("v1")).Token;
        Assert.Null(await store.Adapters.LoadAsync("v1"));
        await store.Adapters.SettleAsync("v1", accepted, accepted: true);
        await store.Adapters.SettleAsync("v2", (await store.Adapters.ClaimAsync("v2")).Token, accepted: false);

        Assert.Contains("The adapter of v1 is missing", (await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"))).Message);
        Assert.Null(await store.Adapters.LoadAsync("v2"));
    }

    [ContractFact]
    public async Task A_manifest_lies_beside_its_adapter_and_stays_as_it_is_once_the_version_is_settled()
    {
        var claim = (await store.Adapters.ClaimAsync("v1")).Token;
        Assert.Null(await store.Adapters.LoadManifestAsync("v1"));
        await store.Adapters.SaveManifestAsync("v1", Bytes(10, 1), claim);
        await store.Adapters.SaveManifestAsync("v1", Bytes(1_500_000, 7), claim); // the job began again
        await store.Adapters.SaveAsync("v1", Bytes(10, 2), claim);
        await store.Adapters.SettleAsync("v1", claim, accepted: true);

        await Assert.ThrowsAsync<ClaimLostException>(() => store.Adapters.SaveManifestAsync("v1", Bytes(10, 3), claim));
        store.Restart();

        Assert.Equal(Bytes(1_500_000, 7), await store.Adapters.LoadManifestAsync("v1"));
        Assert.Equal(Bytes(10, 2), await store.Adapters.LoadAsync("v1"));
        Assert.Null(await store.Adapters.LoadRewardAsync("v1"));
    }

    [ContractTheory]
    [InlineData("")]
    [InlineData("../v1")]
    [InlineData("v 1")]
    public async Task A_version_that_is_no_name_is_refused(string version) =>
        await Assert.ThrowsAsync<ArgumentException>(() => store.Adapters.SaveAsync(version, Bytes(10, 1)));

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }

    private static byte[] Bytes(int count, int factor) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * factor >> (i & 7)))];
}

/// <summary>It holds in files.</summary>
public sealed class SqliteAdapterTests() : AdapterContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableAdapterTests() : AdapterContract(StoreKind.Tables);
