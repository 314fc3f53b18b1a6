using System.Text;
using Orleans;
using Orleans.Runtime;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Tables;

public sealed class TableVerificationTests
{
    [AzuriteFact]
    public async Task Turns_and_states_that_can_not_be_read_are_found()
    {
        var tables = new TableStorageOptions(AzuriteServer.Shared.ConnectionString, $"t{Guid.NewGuid():N}");
        using var store = new Store(tables);
        await store.Ledger.AppendAsync(Samples.Many(5));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 1));
        await store.Turns.AppendAsync(Samples.Turn("c-1", 2));
        await store.GrainStorage.WriteStateAsync("rater", GrainId.Create("rater", "ann"), new GrainState<List<int>>([1]));
        await store.GrainStorage.WriteStateAsync("rater", GrainId.Create("rater", "bob"), new GrainState<Dictionary<string, string>>(new() { ["reason"] = new('é', 100_000) }));
        Assert.Equal("The state 'rater'", Assert.Single((await StoreVerification.OfTablesAsync(tables, CancellationToken.None)).Damage)[..17]);

        await store.DamageTurnAsync("c-1", 2, Encoding.UTF8.GetBytes("{"));
        var found = await StoreVerification.OfTablesAsync(tables, CancellationToken.None);
        Assert.Equal((5L, 2L, 2L, 2L), (found.Events, found.Turns, found.States, found.Damaged));
        Assert.Contains(found.Damage, damage => damage.StartsWith("Turn 2 of conversation 'c-1' can't be read", StringComparison.Ordinal));
    }
}
