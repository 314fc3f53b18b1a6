using Rlhf.Testing;

namespace Azure.Data.Tables.Tests;

public sealed class TransactionTests
{
    [AzuriteFact]
    public async Task AllActionsAreDoneTogetherAndEachHasItsAnswer()
    {
        var table = await TestTable.CreateAsync();
        var etag = (await table.AddEntityAsync(new TableEntity("p's", "old") { ["N"] = 1 })).Headers.ETag!.Value;
        await table.AddEntityAsync(new TableEntity("p's", "gone"));

        var answers = (await table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Add, new TableEntity("p's", "new é") { ["Bytes"] = new byte[] { 1, 2 } }),
            new(TableTransactionActionType.UpdateReplace, new TableEntity("p's", "old") { ["N"] = 2 }, etag),
            new(TableTransactionActionType.UpsertMerge, new TableEntity("p's", "up") { ["N"] = 3 }),
            new(TableTransactionActionType.Delete, new TableEntity("p's", "gone")),
        ])).Value;

        Assert.Equal([204, 204, 204, 204], answers.Select(answer => answer.Status));
        TableEntity old = await table.GetEntityAsync<TableEntity>("p's", "old");
        Assert.Equal(2, old.GetInt32("N"));
        Assert.Equal(old.ETag, answers[1].Headers.ETag);
        Assert.Equal(["new é", "old", "up"], (await table.QueryAsync<TableEntity>().ToListAsync()).Select(entity => entity.RowKey));
    }

    [AzuriteFact]
    public async Task OneRefusedActionUndoesAllAndIsNamed()
    {
        var table = await TestTable.CreateAsync();
        var stale = (await table.AddEntityAsync(new TableEntity("p", "there") { ["N"] = 1 })).Headers.ETag!.Value;
        await table.UpsertEntityAsync(new TableEntity("p", "there") { ["N"] = 2 });

        var error = await Assert.ThrowsAsync<TableTransactionFailedException>(() => table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Add, new TableEntity("p", "new")),
            new(TableTransactionActionType.UpdateReplace, new TableEntity("p", "there"), stale),
            new(TableTransactionActionType.Add, new TableEntity("p", "later")),
        ]));

        Assert.Equal((412, "UpdateConditionNotSatisfied"), (error.Status, error.ErrorCode));
        TableEntity only = Assert.Single(await table.QueryAsync<TableEntity>().ToListAsync());
        Assert.Equal(("there", 2), (only.RowKey, only.GetInt32("N")));
        var exists = await Assert.ThrowsAsync<TableTransactionFailedException>(() => table.SubmitTransactionAsync(
            [new(TableTransactionActionType.Add, new TableEntity("p", "new")), new(TableTransactionActionType.Add, new TableEntity("p", "there"))]));
        Assert.Equal(409, exists.Status);
    }

    [Theory]
    [InlineData("3:The specified entity already exists.", 3)]
    [InlineData("The specified entity already exists.", null)]
    [InlineData("Time:10:00", null)]
    public void TheServiceNamesTheFailedActionAtTheStartOfItsMessage(string message, int? index) =>
        Assert.Equal(index, new TableTransactionFailedException(new RequestFailedException(409, message)).FailedTransactionActionIndex);

    [Fact]
    public async Task AnEmptyTransactionIsAMistake() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => new TableClient("UseDevelopmentStorage=true", "t").SubmitTransactionAsync([]));
}
