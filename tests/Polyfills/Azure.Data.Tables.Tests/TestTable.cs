using Rlhf.Testing;

namespace Azure.Data.Tables.Tests;

/// <summary>A table of its own for each test.</summary>
internal static class TestTable
{
    public static async Task<TableClient> CreateAsync(TableClientOptions? options = null)
    {
        var service = new TableServiceClient(AzuriteServer.Shared.ConnectionString, options);
        var table = service.GetTableClient($"t{Guid.NewGuid():N}");
        await table.CreateIfNotExistsAsync();
        return table;
    }
}
