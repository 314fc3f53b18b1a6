using System.Security.Cryptography;
using Azure.Data.Tables;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <summary>
/// Adapters in chunks. <c>adapters</c>: the partition <c>version~{SHA-256}</c> holds the chunks of one adapter by their
/// numbers, each with its own checksum; the partition <c>version</c> has the row <c>manifest</c>, that names the
/// adapter, and the row <c>claim</c>. Writing the first, in one transaction with a look at the second, is the moment in
/// which a version gets its adapter, so that a crash leaves the former one or the new one. Its reward model is kept the same way, in the
/// partition <c>version~reward~{SHA-256}</c> and the row <c>manifest~reward</c>, and so is the manifest of its training, under <c>~manifest</c>. They are megabytes but seldom written, and each has a
/// partition of its own.
/// </summary>
internal sealed class TableAdapterStore(TableAccount account) : IAdapterStore
{
    private const string Manifest = "manifest";
    private const int AtOnce = 4;

    private readonly TableClient table = account.Table("adapters");
    private readonly TableClaims claims = new(account.Table("adapters"));

    public Task<VersionClaim> ClaimAsync(string version, CancellationToken cancellationToken) =>
        account.DoAsync(cancellation => claims.ClaimAsync(FileName.Checked(version, "version"), cancellation), cancellationToken);

    public Task SettleAsync(string version, long claim, bool accepted, CancellationToken cancellationToken) =>
        account.DoAsync(cancellation => claims.SettleAsync(FileName.Checked(version, "version"), claim, accepted, cancellation), cancellationToken);

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

    private async Task SaveAsync(VersionPart part, ReadOnlyMemory<byte> content, long claim, CancellationToken cancellationToken)
    {
        await account.DoAsync(cancellation => (Task)claims.RequireAsync(part.Version, claim, cancellation), cancellationToken).ConfigureAwait(false);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        var chunks = (content.Length + Payload.Most - 1) / Payload.Most;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, chunks),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (number, cancellation) =>
            {
                var chunk = content[(number * Payload.Most)..Math.Min(content.Length, (number + 1) * Payload.Most)].ToArray();
                var row = new TableEntity(ChunksOf(part, sha256), Key.Of(number)) { ["Sha256"] = SHA256.HashData(chunk) }.With(chunk);
                await account.DoAsync(c => (Task)table.UpsertEntityAsync(row, TableUpdateMode.Replace, c), cancellation).ConfigureAwait(false);
            }).ConfigureAwait(false);

        var former = await account.DoAsync(cancellation => ManifestAsync(part, cancellation), cancellationToken).ConfigureAwait(false);
        var manifest = new TableEntity(part.Version, Manifest + part.Suffix) { ["Sha256"] = sha256, ["Bytes"] = (long)content.Length, ["Chunks"] = chunks };
        await account.DoAsync(cancellation => claims.WriteUnderAsync(part.Version, claim, manifest, cancellation), cancellationToken).ConfigureAwait(false);
        if (former?.Sha256 is { } old && old != sha256)
        {
            await ForgetAsync(part, old).ConfigureAwait(false);
        }
    }

    private async Task<byte[]?> LoadAsync(VersionPart part, CancellationToken cancellationToken)
    {
        var manifest = await account.DoAsync(cancellation => ManifestAsync(part, cancellation), cancellationToken).ConfigureAwait(false);
        while (manifest is not null)
        {
            try
            {
                return await LoadAsync(part, manifest, cancellationToken).ConfigureAwait(false);
            }
            catch (DamagedException damage)
            {
                // Between the two reads other content may have taken its place, and its chunks gone.
                var now = await account.DoAsync(cancellation => ManifestAsync(part, cancellation), cancellationToken).ConfigureAwait(false);
                if (now == manifest)
                {
                    throw new StorageDamagedException($"The {part} is damaged: {damage.Message} Restore it from a backup.", damage);
                }

                manifest = now;
            }
        }

        return part.IsAdapter && await account.DoAsync(cancellation => claims.IsAcceptedAsync(part.Version, cancellation), cancellationToken).ConfigureAwait(false)
            ? throw new StorageDamagedException($"The {part} is missing: the version was accepted, and the table 'adapters' names none. Restore the tables from a backup.")
            : null;
    }

    private async Task<byte[]> LoadAsync(VersionPart part, Pointer manifest, CancellationToken cancellationToken)
    {
        var content = new byte[manifest.Bytes];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, manifest.Chunks),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (number, cancellation) =>
            {
                var found = await account.DoAsync(
                    c => table.GetEntityIfExistsAsync<TableEntity>(ChunksOf(part, manifest.Sha256), Key.Of(number), cancellationToken: c), cancellation).ConfigureAwait(false);
                var chunk = found.HasValue ? found.Value!.Content() : throw new DamagedException($"chunk {number} of {manifest.Chunks} is missing.");
                var start = (long)number * Payload.Most;
                if (chunk.Length != Math.Min(Payload.Most, manifest.Bytes - start) || !SHA256.HashData(chunk).AsSpan().SequenceEqual(found.Value!.GetBinary("Sha256")))
                {
                    throw new DamagedException($"chunk {number} of {manifest.Chunks} is not what its checksum says.");
                }

                chunk.CopyTo(content, start);
            }).ConfigureAwait(false);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        return sha256 == manifest.Sha256
            ? content
            : throw new DamagedException($"its {content.Length} bytes have the SHA-256 {sha256}, it should be {manifest.Sha256}.");
    }

    /// <summary>The former content's chunks. If this fails they only take room.</summary>
    private async Task ForgetAsync(VersionPart part, string sha256)
    {
        try
        {
            await account.DoAsync(
                async cancellation =>
                {
                    var filter = TableClient.CreateQueryFilter($"PartitionKey eq {ChunksOf(part, sha256)}");
                    await foreach (var chunk in table.QueryAsync<TableEntity>(filter, select: ["PartitionKey", "RowKey"], cancellationToken: cancellation).ConfigureAwait(false))
                    {
                        await table.DeleteEntityAsync(chunk.PartitionKey, chunk.RowKey, cancellationToken: cancellation).ConfigureAwait(false);
                    }
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageException)
        {
            // the new content is in its place, which is what was asked
        }
    }

    private async Task<Pointer?> ManifestAsync(VersionPart part, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(part.Version, Manifest + part.Suffix, cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue
            ? new Pointer(found.Value!.GetString("Sha256"), found.Value.GetInt64("Bytes")!.Value, found.Value.GetInt32("Chunks")!.Value)
            : null;
    }

    private static string ChunksOf(VersionPart part, string sha256) => $"{part.Name}~{sha256}";

    private sealed record Pointer(string Sha256, long Bytes, int Chunks);

    private sealed class DamagedException(string message) : Exception(message);
}
