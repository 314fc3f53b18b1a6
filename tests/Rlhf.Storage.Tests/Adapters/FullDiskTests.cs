using System.Security.Cryptography;

namespace Rlhf.Storage.Tests.Adapters;

public sealed class FullDiskTests : IDisposable
{
    private readonly Store store = new();

    [Fact]
    public async Task A_full_disk_refuses_an_adapter_keeps_the_former_one_and_works_again_once_there_is_room()
    {
        byte[] former = [1, 2, 3];
        byte[] adapter = [.. Enumerable.Repeat((byte)7, 10_000)];
        await store.Adapters.SaveAsync("v1", former);

        // /dev/full answers every write as a full disk does. What is written lies under this name until it is whole.
        var name = $"v1-{Convert.ToHexStringLower(SHA256.HashData(adapter))[..16]}.safetensors.tmp";
        File.CreateSymbolicLink(Path.Combine(store.Folder, "versions", name), "/dev/full");
        var error = await Assert.ThrowsAsync<StorageFullException>(() => store.Adapters.SaveAsync("v1", adapter));

        Assert.Contains("no room", error.Message);
        Assert.Equal(former, await store.Adapters.LoadAsync("v1"));
        await store.Adapters.SaveAsync("v1", adapter);
        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1"));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(store.Folder, "versions")).Length); // with the claim
    }

    public void Dispose() => store.Dispose();
}
