using Azure.Data.Tables;
using Rlhf.Testing;

namespace Rlhf.Storage.Tests.Tables;

public sealed class TableAdapterDamageTests
{
    [AzuriteTheory]
    [InlineData("bit", "chunk 1 of 2 is not what its checksum says")]
    [InlineData("missing", "chunk 1 of 2 is missing")]
    [InlineData("swapped", "have the SHA-256")]
    public async Task A_damaged_adapter_is_refused_and_says_what_is_wrong(string damage, string reason)
    {
        using var store = new Store(StoreKind.Tables);
        await store.Adapters.SaveAsync("v1", new byte[800_000]);
        var adapters = store.Tables.Table("adapters");
        var chunk = await adapters.QueryAsync<TableEntity>("RowKey eq '0000000000000000001'").SingleAsync();
        chunk["Content"] = chunk.GetBinary("Content").Select((b, i) => i == 7 ? (byte)1 : b).ToArray();
        switch (damage)
        {
            case "missing":
                await adapters.DeleteEntityAsync(chunk.PartitionKey, chunk.RowKey);
                break;
            case "swapped":
                chunk["Sha256"] = System.Security.Cryptography.SHA256.HashData([.. chunk.GetBinary("Content"), .. chunk.GetBinary("Content1") ?? []]);
                await adapters.UpsertEntityAsync(chunk, TableUpdateMode.Replace);
                break;
            default:
                await adapters.UpsertEntityAsync(chunk, TableUpdateMode.Replace);
                break;
        }

        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"));
        Assert.Contains("The adapter of v1 is damaged", error.Message);
        Assert.Contains(reason, error.Message);
    }
}
