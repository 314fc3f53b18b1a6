using System.Security.Cryptography;
using System.Text;

namespace Rlhf.Storage;

/// <summary>
/// Adapters as files that other tools read: <c>versions/v7-{start of its SHA-256}.safetensors</c>, and <c>v7.sha256</c>
/// that names it, as <c>sha256sum --check</c> reads it. The second file's rename is the moment in which a version
/// gets its adapter, so a crash leaves the former one or the new one, never a torn one. Its reward model is kept the
/// same way, under <c>v7~reward</c>, and the manifest of its training under <c>v7~manifest</c>, as JSON. <see cref="ClaimFiles"/> says from whom.
/// </summary>
internal sealed class AdapterFiles(string versions) : IAdapterStore, IDisposable
{
    private const int NameDigits = 16;
    private readonly SemaphoreSlim saving = new(1);
    private readonly ClaimFiles claims = new(versions);

    public Task<VersionClaim> ClaimAsync(string version, CancellationToken cancellationToken) =>
        WriteAsync($"the claim of {version}", () => claims.Claim(version), cancellationToken);

    public Task SettleAsync(string version, long claim, bool accepted, CancellationToken cancellationToken) =>
        WriteAsync(
            $"the claim of {version}",
            () =>
            {
                claims.Settle(version, claim, accepted);
                return true;
            },
            cancellationToken);

    public Task SaveAsync(string version, ReadOnlyMemory<byte> adapter, long claim, CancellationToken cancellationToken) =>
        SaveAsync(VersionPart.Adapter(version), adapter, claim, cancellationToken);

    public Task SaveRewardAsync(string version, ReadOnlyMemory<byte> reward, long claim, CancellationToken cancellationToken) =>
        SaveAsync(VersionPart.Reward(version), reward, claim, cancellationToken);

    public Task SaveManifestAsync(string version, ReadOnlyMemory<byte> manifest, long claim, CancellationToken cancellationToken) =>
        SaveAsync(VersionPart.Manifest(version), manifest, claim, cancellationToken);

    public Task<byte[]?> LoadAsync(string version, CancellationToken cancellationToken) =>
        LoadAsync(VersionPart.Adapter(version), cancellationToken);

    public Task<byte[]?> LoadRewardAsync(string version, CancellationToken cancellationToken) =>
        LoadAsync(VersionPart.Reward(version), cancellationToken);

    public Task<byte[]?> LoadManifestAsync(string version, CancellationToken cancellationToken) =>
        LoadAsync(VersionPart.Manifest(version), cancellationToken);

    public void Dispose() => saving.Dispose();

    private Task SaveAsync(VersionPart part, ReadOnlyMemory<byte> content, long claim, CancellationToken cancellationToken) =>
        WriteAsync(
            $"the {part} ({content.Length} bytes)",
            () =>
            {
                claims.Require(part.Version, claim);
                Save(part, PointerOf(part), content.Span);
                return true;
            },
            cancellationToken);

    private async Task<byte[]?> LoadAsync(VersionPart part, CancellationToken cancellationToken)
    {
        var pointer = PointerOf(part);
        await saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return File.Exists(pointer) ? await LoadChecked(part.ToString(), pointer, cancellationToken).ConfigureAwait(false)
                : part.IsAdapter && claims.IsAccepted(part.Version) ? throw Missing(pointer)
                : null;
        }
        catch (FileNotFoundException e)
        {
            throw new StorageDamagedException($"The {part} is missing: {e.FileName}. Restore it from a backup.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The {part} can't be read from {versions}: {e.Message}", e);
        }
        finally
        {
            saving.Release();
        }
    }

    /// <summary>One write at a time, off the caller's scheduler.</summary>
    private async Task<T> WriteAsync<T>(string what, Func<T> write, CancellationToken cancellationToken)
    {
        await saving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(write, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (DiskErrors.IsFull(e))
        {
            throw new StorageFullException($"There is no room in {versions} for {what}; nothing was changed. Free some space and try again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"In {versions} {what} can't be written: {e.Message}", e);
        }
        finally
        {
            saving.Release();
        }
    }

    private string PointerOf(VersionPart part) => Path.Combine(versions, part.Name + ".sha256");

    private void Save(VersionPart part, string pointer, ReadOnlySpan<byte> content)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var name = $"{part.Name}-{sha256[..NameDigits]}{part.Ending}";
        Durable.WriteFile(Path.Combine(versions, name), content);
        Durable.WriteFile(pointer, Encoding.ASCII.GetBytes(new Pointer(sha256, name).ToString()));

        // The former content, and what a crash left of others. Another version's name may start like this one's.
        foreach (var file in Directory.EnumerateFiles(versions, $"{part.Name}-*"))
        {
            var rest = Path.GetFileName(file.AsSpan())[(part.Name.Length + 1)..];
            if (rest.Length > NameDigits && (rest[NameDigits..].SequenceEqual(part.Ending) || rest[NameDigits..].SequenceEqual($"{part.Ending}.tmp"))
                && !rest.SequenceEqual(name.AsSpan(part.Name.Length + 1)))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>The name of the file that a pointer's text names; null where it names none, as a claim does.</summary>
    public static string? ContentOf(byte[] pointer) => Pointer.Parse(Encoding.ASCII.GetString(pointer))?.Name;

    /// <summary>Looks for what of a folder's adapters, reward models and manifests does not hold.</summary>
    /// <returns>How many there are.</returns>
    public static async Task<int> VerifyAsync(string versions, Findings damage, CancellationToken cancellationToken)
    {
        var pointers = Directory.Exists(versions) ? Directory.GetFiles(versions, "*.sha256") : [];
        foreach (var pointer in pointers.Order(StringComparer.Ordinal))
        {
            try
            {
                await LoadChecked($"file that {Path.GetFileName(pointer)} names", pointer, cancellationToken).ConfigureAwait(false);
            }
            catch (StorageDamagedException error)
            {
                damage.Add(error.Message);
            }
            catch (IOException error)
            {
                damage.Add($"What {pointer} names can't be read: {error.Message}");
            }
        }

        string[] claims = Directory.Exists(versions) ? Directory.GetFiles(versions, "*" + ClaimFiles.Extension) : [];
        foreach (var claim in claims.Order(StringComparer.Ordinal))
        {
            try
            {
                var pointer = Path.ChangeExtension(claim, ".sha256");
                if (ClaimFiles.Read(claim).Accepted is true && !File.Exists(pointer))
                {
                    damage.Add(Missing(pointer).Message);
                }
            }
            catch (StorageDamagedException error)
            {
                damage.Add(error.Message);
            }
            catch (IOException error)
            {
                damage.Add($"{claim} can't be read: {error.Message}");
            }
        }

        return pointers.Length;
    }

    private static StorageDamagedException Missing(string pointer) =>
        new($"The adapter of {Path.GetFileNameWithoutExtension(pointer)} is missing: the version was accepted, and there is no {pointer}. Restore it from a backup.");

    private static async Task<byte[]> LoadChecked(string part, string pointer, CancellationToken cancellationToken)
    {
        var versions = Path.GetDirectoryName(pointer)!;
        var text = await File.ReadAllTextAsync(pointer, cancellationToken).ConfigureAwait(false);
        var (sha256, name) = Pointer.Parse(text)
            ?? throw new StorageDamagedException($"{pointer} is damaged: it does not hold a checksum and a file name. Restore it from a backup.");
        var content = await File.ReadAllBytesAsync(Path.Combine(versions, name), cancellationToken).ConfigureAwait(false);
        var found = Convert.ToHexStringLower(SHA256.HashData(content));
        return found == sha256
            ? content
            : throw new StorageDamagedException(
                $"The {part} is damaged: {Path.Combine(versions, name)} has {content.Length} bytes with the SHA-256 "
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
