using Rlhf.Testing;

namespace Azure.Data.Tables.Tests;

public sealed class EntityTests
{
    [AzuriteFact]
    public async Task EveryTypeOfPropertyComesBackAsItWas()
    {
        var table = await TestTable.CreateAsync();
        var at = new DateTimeOffset(2026, 11, 21, 3, 4, 5, 678, TimeSpan.FromHours(2));
        var id = Guid.NewGuid();
        await table.AddEntityAsync(new TableEntity("p", "r")
        {
            ["Text"] = "é \"quoted\" 🦊",
            ["Bytes"] = new byte[] { 0, 1, 255 },
            ["Long"] = long.MinValue,
            ["Int"] = -7,
            ["Double"] = 2.0,
            ["Infinite"] = double.NegativeInfinity,
            ["True"] = true,
            ["At"] = at,
            ["Id"] = id,
            ["None"] = null,
        });

        TableEntity read = await table.GetEntityAsync<TableEntity>("p", "r");
        Assert.Equal(("p", "r"), (read.PartitionKey, read.RowKey));
        Assert.Equal("é \"quoted\" 🦊", read.GetString("Text"));
        Assert.Equal([0, 1, 255], read.GetBinary("Bytes"));
        Assert.Equal((long.MinValue, -7, 2.0), (read.GetInt64("Long"), read.GetInt32("Int"), read.GetDouble("Double")));
        Assert.Equal((double.NegativeInfinity, true), (read.GetDouble("Infinite"), read.GetBoolean("True")));
        Assert.Equal((at, id), (read.GetDateTimeOffset("At"), read.GetGuid("Id")));
        Assert.False(read.ContainsKey("None"));
        Assert.NotNull(read.Timestamp);
        Assert.NotEqual(default, read.ETag);
        Assert.Throws<InvalidOperationException>(() => read.GetInt64("Text"));
    }

    [AzuriteFact]
    public async Task AClassIsAnEntityByItsProperties()
    {
        var table = await TestTable.CreateAsync();
        await table.AddEntityAsync(new Order { PartitionKey = "p", RowKey = "r", Drink = "latte", Count = 2, Total = 7, Day = DayOfWeek.Friday });

        Order read = await table.GetEntityAsync<Order>("p", "r");
        Assert.Equal(("latte", 2, 7L, DayOfWeek.Friday, (int?)null), (read.Drink, read.Count, read.Total, read.Day, read.Table));
        Assert.NotEqual(default, read.ETag);
    }

    [AzuriteTheory]
    [InlineData("it's 100 % ~=!$&()*+,;@[]", "row 'é' 🦊")]
    [InlineData("", "")]
    [InlineData("a:b", "a b")]
    public async Task KeysMayHoldWhatTheServiceAllows(string partition, string row)
    {
        var table = await TestTable.CreateAsync();
        await table.AddEntityAsync(new TableEntity(partition, row) { ["N"] = 1 });
        await table.UpsertEntityAsync(new TableEntity(partition, row) { ["N"] = 2 });

        Assert.Equal(2, (await table.GetEntityAsync<TableEntity>(partition, row)).Value.GetInt32("N"));
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey eq {row}");
        Assert.Single(await table.QueryAsync<TableEntity>(filter).ToListAsync());
        Assert.Equal(204, (await table.DeleteEntityAsync(partition, row)).Status);
    }

    [AzuriteFact]
    public async Task WhatIsThereIsNotAddedAgainAndWhatIsNotThereIsNamed()
    {
        var table = await TestTable.CreateAsync();
        await table.AddEntityAsync(new TableEntity("p", "r"));

        var exists = await Assert.ThrowsAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")));
        Assert.Equal((409, "EntityAlreadyExists"), (exists.Status, exists.ErrorCode));
        var missing = await Assert.ThrowsAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "other"));
        Assert.Equal((404, "ResourceNotFound"), (missing.Status, missing.ErrorCode));
        Assert.False((await table.GetEntityIfExistsAsync<TableEntity>("p", "other")).HasValue);
        Assert.True((await table.GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
        Assert.Equal(404, (await table.DeleteEntityAsync("p", "other")).Status);
    }

    [AzuriteFact]
    public async Task OnlyTheVersionThatWasReadIsUpdatedAndDeleted()
    {
        var table = await TestTable.CreateAsync();
        var first = (await table.AddEntityAsync(new TableEntity("p", "r") { ["A"] = 1 })).Headers.ETag!.Value;
        var second = (await table.UpdateEntityAsync(new TableEntity("p", "r") { ["B"] = 2 }, first)).Headers.ETag!.Value;

        Assert.NotEqual(first, second);
        var stale = await Assert.ThrowsAsync<RequestFailedException>(() => table.UpdateEntityAsync(new TableEntity("p", "r"), first, TableUpdateMode.Replace));
        Assert.Equal((412, "UpdateConditionNotSatisfied"), (stale.Status, stale.ErrorCode));
        Assert.Equal(412, (await Assert.ThrowsAsync<RequestFailedException>(() => table.DeleteEntityAsync("p", "r", first))).Status);
        Assert.Equal((1, 2), await Read());

        await table.UpdateEntityAsync(new TableEntity("p", "r") { ["B"] = 3 }, second, TableUpdateMode.Replace);
        Assert.Equal((null, 3), await Read());
        await Assert.ThrowsAsync<ArgumentException>(() => table.UpdateEntityAsync(new TableEntity("p", "r"), default));

        async Task<(int?, int?)> Read()
        {
            TableEntity read = await table.GetEntityAsync<TableEntity>("p", "r");
            return (read.GetInt32("A"), read.GetInt32("B"));
        }
    }

    [AzuriteFact]
    public async Task ATableIsCreatedOnceAndWithoutOneTheErrorSaysSo()
    {
        var service = new TableServiceClient(AzuriteServer.Shared.ConnectionString);
        var table = service.GetTableClient($"t{Guid.NewGuid():N}");
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")));
        Assert.Equal((404, "TableNotFound"), (error.Status, error.ErrorCode));

        Assert.Equal(table.Name, (await table.CreateIfNotExistsAsync()).Value.Name);
        await table.CreateIfNotExistsAsync();
        await table.AddEntityAsync(new TableEntity("p", "r"));
        Assert.Equal(204, (await table.DeleteAsync()).Status);
        Assert.Equal(404, (await table.DeleteAsync()).Status);
    }

    private sealed class Order : ITableEntity
    {
        public string PartitionKey { get; set; } = "";

        public string RowKey { get; set; } = "";

        public DateTimeOffset? Timestamp { get; set; }

        public ETag ETag { get; set; }

        public string? Drink { get; set; }

        public int Count { get; set; }

        public long Total { get; set; }

        public int? Table { get; set; }

        public DayOfWeek Day { get; set; }
    }
}
