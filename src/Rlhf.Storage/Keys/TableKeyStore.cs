using Azure;
using Azure.Data.Tables;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <inheritdoc/>
/// <remarks>
/// <c>keys</c>: one partition, a key is a row named by its id. They are few, seldom written, and every server reads all of
/// them every few seconds, which one query of one partition does.
/// </remarks>
internal sealed class TableKeyStore(TableAccount account) : IKeyStore
{
    private const string Partition = "keys";
    private const string RevokedAt = "RevokedAt";
    private const string TokensPerMinute = "TokensPerMinute";
    private const string TokensPerDay = "TokensPerDay";

    private readonly TableClient table = account.Table("keys");

    public Task AddAsync(StoredKey key, CancellationToken cancellationToken)
    {
        var row = new TableEntity(Partition, Key.Of(key.Id))
        {
            ["Id"] = key.Id,
            ["Client"] = key.Client,
            ["Roles"] = KeyRolesText.Write(key.Roles),
            ["Sha256"] = key.Sha256,
            ["CreatedAt"] = key.CreatedAt.UtcTicks,
        };
        if (key.PerMinute is { } perMinute)
        {
            row["PerMinute"] = perMinute;
        }

        if (key.RevokedAt is { } revoked)
        {
            row[RevokedAt] = revoked.UtcTicks;
        }

        foreach (var (name, limit) in ((string, long?)[])[(TokensPerMinute, key.TokensPerMinute), (TokensPerDay, key.TokensPerDay)])
        {
            if (limit is { } tokens)
            {
                row[name] = tokens;
            }
        }

        return account.DoAsync(cancellation => AddAsync(key, row, cancellation), cancellationToken);
    }

    public async Task<IReadOnlyList<StoredKey>> ListAsync(CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");
        var rows = await account.DoAsync(
            cancellation => table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).ToListAsync(cancellation).AsTask(), cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(Read).OrderBy(key => key.CreatedAt).ThenBy(key => key.Id, StringComparer.Ordinal)];
    }

    public Task<StoredKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => account.DoAsync(
        async cancellation =>
        {
            while (true)
            {
                var stored = await FindAsync(id, cancellation).ConfigureAwait(false);
                if (stored is null || stored.ContainsKey(RevokedAt))
                {
                    return stored is null ? null : Read(stored);
                }

                try
                {
                    stored[RevokedAt] = at.UtcTicks;
                    await table.UpdateEntityAsync(stored, stored.ETag, TableUpdateMode.Replace, cancellation).ConfigureAwait(false);
                    return Read(stored);
                }
                catch (RequestFailedException e) when (e.Status == 412)
                {
                    // someone else was faster, or the answer to our own first try was lost: see what is there now
                }
            }
        },
        cancellationToken);

    private async Task AddAsync(StoredKey key, TableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            await table.AddEntityAsync(row, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException e) when (e.Status == 409)
        {
            // Ours, if an answer was lost on the way, or the same key sent again.
            if ((await FindAsync(key.Id, cancellationToken).ConfigureAwait(false))?.GetString("Sha256") != key.Sha256)
            {
                throw KeyRow.Taken(key);
            }
        }
    }

    private async Task<TableEntity?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(Partition, Key.Of(id), cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.HasValue ? found.Value : null;
    }

    private static StoredKey Read(TableEntity row) => new(
        row.GetString("Id"),
        row.GetString("Client"),
        KeyRow.Roles(row.GetString("Id"), row.GetString("Roles")),
        row.GetString("Sha256"),
        row.GetInt32("PerMinute"),
        KeyRow.Date(row.GetInt64("CreatedAt")!.Value),
        row.GetInt64(RevokedAt) is { } revoked ? KeyRow.Date(revoked) : null,
        row.GetInt64(TokensPerMinute),
        row.GetInt64(TokensPerDay));
}
