using System.Diagnostics;

namespace Rlhf.Storage.Tests.Adapters;

public sealed class AdapterFilesTests : IDisposable
{
    private readonly Store store = new();
    private readonly byte[] adapter = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31))];

    private string Versions => Path.Combine(store.Folder, "versions");

    private string SafeTensors => Directory.GetFiles(Versions, "*.safetensors").Single();

    [Fact]
    public async Task An_adapter_comes_back_as_it_was_after_a_restart()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        store.Restart();

        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1"));
        Assert.Null(await store.Adapters.LoadAsync("v2"));
    }

    [Fact]
    public async Task A_version_saved_again_has_the_new_adapter_and_the_old_file_is_gone()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        await store.Adapters.SaveAsync("v1", adapter.AsMemory(1));
        await store.Adapters.SaveAsync("v1", adapter.AsMemory(1));

        Assert.Equal(adapter[1..], await store.Adapters.LoadAsync("v1"));
        Assert.Equal(3, Directory.GetFiles(Versions).Length); // with the claim
    }

    [Fact]
    public async Task A_reward_model_saved_again_leaves_no_old_file_and_a_torn_one_is_refused()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        var claim = (await store.Adapters.ClaimAsync("v1")).Token;
        await store.Adapters.SaveRewardAsync("v1", adapter.AsMemory(1), claim);
        await store.Adapters.SaveRewardAsync("v1", adapter.AsMemory(2), claim);
        Assert.Equal(5, Directory.GetFiles(Versions).Length); // two of each, and the claim

        await File.WriteAllBytesAsync(Directory.GetFiles(Versions, "v1~reward-*").Single(), [1, 2, 3]);
        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadRewardAsync("v1"));
        Assert.Contains("The reward model of v1 is damaged", error.Message);
        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1"));
    }

    [Fact]
    public async Task The_files_are_what_sha256sum_and_other_tools_read()
    {
        await store.Adapters.SaveAsync("v1", adapter);

        Assert.Equal(adapter, File.ReadAllBytes(SafeTensors));
        using var check = Process.Start(new ProcessStartInfo("sha256sum", ["--check", "--strict", "v1.sha256"])
        {
            WorkingDirectory = Versions, RedirectStandardOutput = true,
        })!;
        await check.WaitForExitAsync();
        Assert.Equal(0, check.ExitCode);
    }

    [Fact]
    public async Task A_torn_adapter_is_refused_with_its_file_and_both_checksums()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        var file = SafeTensors;
        await File.WriteAllBytesAsync(file, adapter[..5000]);

        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"));
        Assert.Contains($"The adapter of v1 is damaged: {file} has 5000 bytes", error.Message);
    }

    [Fact]
    public async Task A_changed_bit_is_found()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        var changed = adapter.ToArray();
        changed[777] ^= 1;
        await File.WriteAllBytesAsync(SafeTensors, changed);

        await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"));
    }

    [Fact]
    public async Task A_missing_file_is_an_error_and_not_a_version_without_adapter()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        File.Delete(SafeTensors);

        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"));
        Assert.Contains("The adapter of v1 is missing", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000  ../../etc/passwd\n")]
    public async Task A_damaged_checksum_file_is_refused(string text)
    {
        await store.Adapters.SaveAsync("v1", adapter);
        await File.WriteAllTextAsync(Path.Combine(Versions, "v1.sha256"), text);

        var error = await Assert.ThrowsAsync<StorageDamagedException>(() => store.Adapters.LoadAsync("v1"));
        Assert.Contains("v1.sha256 is damaged", error.Message);
    }

    [Fact]
    public async Task What_a_crash_left_half_written_changes_nothing_and_goes_with_the_next_adapter()
    {
        await store.Adapters.SaveAsync("v1", adapter);
        await store.Adapters.SaveAsync("v1-b", adapter);
        await store.Adapters.SaveAsync("v1-0123456789abcdea", adapter);
        await File.WriteAllBytesAsync(Path.Combine(Versions, "v1-0123456789abcdef.safetensors"), [1, 2, 3]);
        await File.WriteAllBytesAsync(Path.Combine(Versions, "v1-0123456789abcdef.safetensors.tmp"), [1, 2, 3]);
        await File.WriteAllTextAsync(Path.Combine(Versions, "v1.sha256.tmp"), "abc");
        store.Restart();

        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1"));
        await store.Adapters.SaveAsync("v1", adapter.AsMemory(5));
        Assert.Equal(adapter[5..], await store.Adapters.LoadAsync("v1"));
        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1-b"));
        Assert.Equal(adapter, await store.Adapters.LoadAsync("v1-0123456789abcdea"));
        Assert.Equal(9, Directory.GetFiles(Versions).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../v1")]
    [InlineData(".v1")]
    [InlineData("v 1")]
    [InlineData("v/1")]
    public async Task A_version_that_is_no_file_name_is_refused(string version)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => store.Adapters.SaveAsync(version, adapter));
        Assert.Contains($"'{version}' can't be a version", error.Message);
    }

    public void Dispose() => store.Dispose();
}
