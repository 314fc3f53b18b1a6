namespace Rlhf.Storage.Tests.Adapters;

/// <summary>Who may make a version and decide about it, in every store.</summary>
public abstract class ClaimContract(StoreKind kind) : IDisposable
{
    private readonly Store store = new(kind);

    private IAdapterStore Adapters => store.Adapters;

    [ContractFact]
    public async Task The_later_claim_counts_and_the_earlier_one_changes_nothing_any_more()
    {
        var former = await Adapters.ClaimAsync("v1");
        await Adapters.SaveAsync("v1", new byte[] { 1 }, former.Token);
        store.Restart();
        var later = await Adapters.ClaimAsync("v1");
        Assert.True(later.Token > former.Token);

        var lost = await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SaveAsync("v1", new byte[] { 2 }, former.Token));
        Assert.Contains($"claim {former.Token} was made use of, claim {later.Token} counts", lost.Message);
        await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SaveRewardAsync("v1", new byte[] { 2 }, former.Token));
        Assert.Null(await Adapters.LoadRewardAsync("v1"));
        await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SettleAsync("v1", former.Token, accepted: true));
        Assert.Equal([1], (await Adapters.LoadAsync("v1"))!);

        await Adapters.SaveAsync("v1", new byte[] { 3 }, later.Token);
        Assert.Equal([3], (await Adapters.LoadAsync("v1"))!);
    }

    [ContractTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_version_is_settled_once_and_stays_as_it_was_settled(bool accepted)
    {
        var claim = await Adapters.ClaimAsync("v1");
        await Adapters.SaveAsync("v1", new byte[] { 1 }, claim.Token);
        await Adapters.SettleAsync("v1", claim.Token, accepted);
        await Adapters.SettleAsync("v1", claim.Token, accepted);
        store.Restart();

        Assert.Equal(new VersionClaim(claim.Token, accepted), await Adapters.ClaimAsync("v1"));
        await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SettleAsync("v1", claim.Token, !accepted));
        await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SaveAsync("v1", new byte[] { 2 }, claim.Token));
        Assert.Equal([1], (await Adapters.LoadAsync("v1"))!);
    }

    [ContractFact]
    public async Task Of_many_who_claim_and_settle_at_once_one_settles()
    {
        var settled = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            var claim = await Adapters.ClaimAsync("v1");
            try
            {
                await Adapters.SettleAsync("v1", claim.Token, accepted: true);
                return claim.Accepted is null ? claim.Token : 0; // who found it settled has not settled it
            }
            catch (ClaimLostException)
            {
                return 0;
            }
        }));
        Assert.Single(settled, token => token > 0);
    }

    [ContractFact]
    public async Task What_was_never_claimed_is_nobodys()
    {
        await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SaveAsync("v1", new byte[] { 1 }, claim: 1));
        await Assert.ThrowsAsync<ClaimLostException>(() => Adapters.SettleAsync("v1", claim: 0, accepted: true));
        Assert.Null(await Adapters.LoadAsync("v1"));
        Assert.Equal(1, (await Adapters.ClaimAsync("v1")).Token);
        Assert.Equal(1, (await Adapters.ClaimAsync("v1-b")).Token);
    }

    public void Dispose()
    {
        store.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>It holds in files.</summary>
public sealed class SqliteClaimTests() : ClaimContract(StoreKind.Sqlite);

/// <summary>It holds in tables.</summary>
public sealed class TableClaimTests() : ClaimContract(StoreKind.Tables);
