using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Storage;

/// <summary>
/// Adapters as files that other tools read: <c>versions/v7-{start of its SHA-256}.safetensors</c>, and <c>v7.sha256</c>
/// that names it, as <c>sha256sum --check</c> reads it. The second file's rename is the moment in which a version
/// gets its adapter, so a crash leaves the former one or the new one, never a torn one. <see cref="ClaimFiles"/> says
/// from whom.
/// </summary>
internal sealed class AdapterFiles(DataFolder folder) : IAdapterStore, IDisposable
{
    private const int NameDigits = 16;
    private readonly SemaphoreSlim saving = new(1);
    private readonly ClaimFiles claims = new(folder);

    public Task<VersionClaim> ClaimAsync(string version, CancellationToken cancellationToken) =>
        WriteAsync(version, $"the claim of {version}", () => claims.Claim(version), cancellationToken);

    public Task SettleAsync(string version, long claim, bool accepted, CancellationToken cancellationToken) =>
        WriteAsync(
            version,
            $"the claim of {version}",
            () =>
            {
                claims.Settle(version, claim, accepted);
                return true;
            },
            cancellationToken);

    public Task SaveAsync(string version, ReadOnlyMemory<byte> adapter, long claim, CancellationToken cancellationToken) =>
        WriteAsync(
            version,
            $"the adapter of {version} ({adapter.Length} bytes)",
            () =>
            {
                claims.Require(version, claim);
                Save(version, PointerOf(version), adapter.Span);
                return true;
            },
            cancellationToken);

    public async Task<byte[]?> LoadAsync(string version, CancellationToken cancellationToken)
    {
        var pointer = PointerOf(version);
        await saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return File.Exists(pointer) ? await LoadChecked(version, pointer, cancellationToken).ConfigureAwait(false) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The adapter of {version} can't be read from {folder.Versions}: {e.Message}", e);
        }
        finally
        {
            saving.Release();
        }
    }

    public void Dispose() => saving.Dispose();

    /// <summary>One write at a time, off the caller's scheduler.</summary>
    private async Task<T> WriteAsync<T>(string version, string what, Func<T> write, CancellationToken cancellationToken)
    {
        FileName.Checked(version, "version");
        await saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(write, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (DiskErrors.IsFull(e))
        {
            throw new StorageFullException($"There is no room in {folder.Versions} for {what}; nothing was changed. Free some space and try again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"In {folder.Versions} {what} can't be written: {e.Message}", e);
        }
        finally
        {
            saving.Release();
        }
    }

    private string PointerOf(string version) =>
        Path.Combine(folder.Versions, FileName.Checked(version, "version") + ".sha256");

    private void Save(string version, string pointer, ReadOnlySpan<byte> adapter)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(adapter));
        var name = $"{version}-{sha256[..NameDigits]}.safetensors";
        Durable.WriteFile(Path.Combine(folder.Versions, name), adapter);
        Durable.WriteFile(pointer, Encoding.ASCII.GetBytes(new Pointer(sha256, name).ToString()));

        // The former adapter, and what a crash left of others. Another version's name may start like this one's.
        foreach (var file in Directory.EnumerateFiles(folder.Versions, $"{version}-*"))
        {
            var rest = Path.GetFileName(file.AsSpan())[(version.Length + 1)..];
            if (rest.Length > NameDigits && rest[NameDigits..] is ".safetensors" or ".safetensors.tmp"
                && !rest.SequenceEqual(name.AsSpan(version.Length + 1)))
            {
                File.Delete(file);
            }
        }
    }

    private async Task<byte[]> LoadChecked(string version, string pointer, CancellationToken cancellationToken)
    {
        var text = await File.ReadAllTextAsync(pointer, cancellationToken).ConfigureAwait(false);
        var (sha256, name) = Pointer.Parse(text)
            ?? throw new StorageException($"{pointer} is damaged: it does not hold a checksum and a file name. Restore it from a backup.");
        var adapter = await File.ReadAllBytesAsync(Path.Combine(folder.Versions, name), cancellationToken).ConfigureAwait(false);
        var found = Convert.ToHexStringLower(SHA256.HashData(adapter));
        return found == sha256
            ? adapter
            : throw new StorageException(
                $"The adapter of {version} is damaged: {Path.Combine(folder.Versions, name)} has {adapter.Length} bytes with the SHA-256 "
                + $"{found}, it should be {sha256}. Restore it from a backup.");
    }

    private sealed record Pointer(string Sha256, string Name)
    {
        public static Pointer? Parse(string text) =>
            text.TrimEnd('\n').Split("  ") is [{ Length: 2 * SHA256.HashSizeInBytes } sha256, var name] && name == Path.GetFileName(name)
                ? new Pointer(sha256, name)
                : null;

        public override string ToString() => $"{Sha256}  {Name}\n";
    }
}
