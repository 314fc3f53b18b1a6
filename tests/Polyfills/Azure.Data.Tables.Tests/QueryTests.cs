using Rlhf.Testing;

namespace Azure.Data.Tables.Tests;

public sealed class QueryTests
{
    [AzuriteFact]
    public async Task AQueryGoesOnWherePagesEnd()
    {
        var table = await TestTable.CreateAsync();
        foreach (var hundred in Enumerable.Range(0, 1150).Chunk(100))
        {
            await table.SubmitTransactionAsync(hundred.Select(i => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", $"{i:d4}") { ["I"] = i })));
        }

        var all = await table.QueryAsync<TableEntity>("PartitionKey eq 'p'").ToListAsync();
        Assert.Equal(Enumerable.Range(0, 1150), all.Select(entity => entity.GetInt32("I")!.Value));

        var pages = await table.QueryAsync<TableEntity>("RowKey ge '1000'", maxPerPage: 60).AsPages().ToListAsync();
        Assert.Equal([60, 60, 30], pages.Select(page => page.Values.Count));
        var rest = await table.QueryAsync<TableEntity>("RowKey ge '1000'").AsPages(pages[0].ContinuationToken).ToListAsync();
        Assert.Equal(90, Assert.Single(rest).Values.Count);
    }

    [AzuriteFact]
    public async Task AFilterComparesByTypeAndASelectionLeavesTheRestOut()
    {
        var table = await TestTable.CreateAsync();
        var at = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        await table.AddEntityAsync(new TableEntity("p", "1") { ["Text"] = "it's", ["Long"] = 5L, ["At"] = at, ["Yes"] = true });
        await table.AddEntityAsync(new TableEntity("p", "2") { ["Text"] = "other", ["Long"] = 5_000_000_000, ["At"] = at.AddDays(1), ["Yes"] = false });

        Assert.Equal(["1"], await Rows($"Text eq {"it's"}"));
        Assert.Equal(["2"], await Rows($"Long gt {4_000_000_000L}"));
        Assert.Equal(["2"], await Rows($"At gt {at}"));
        Assert.Equal(["1"], await Rows($"Yes eq {true}"));
        Assert.Equal(["1", "2"], await Rows($"PartitionKey ge {"p"} and (RowKey eq {"1"} or RowKey eq {"2"})"));

        var only = await table.QueryAsync<TableEntity>("RowKey eq '1'", select: ["Long"]).ToListAsync();
        Assert.Equal(5L, Assert.Single(only).GetInt64("Long"));
        Assert.False(only[0].ContainsKey("Text"));

        async Task<IEnumerable<string>> Rows(FormattableString filter) =>
            (await table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter(filter)).ToListAsync()).Select(entity => entity.RowKey);
    }
}
