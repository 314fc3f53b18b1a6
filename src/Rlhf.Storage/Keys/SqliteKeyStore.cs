using Microsoft.Data.Sqlite;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <inheritdoc/>
internal sealed class SqliteKeyStore(Database database) : IKeyStore
{
    private const string Columns = "SELECT id, client, roles, sha256, per_minute, created_at, revoked_at, tokens_per_minute, tokens_per_day FROM keys";

    public Task AddAsync(StoredKey key, CancellationToken cancellationToken) => database.WriteAsync(
        s =>
        {
            var added = s.Execute(
                "INSERT INTO keys(id, client, roles, sha256, per_minute, created_at, revoked_at, tokens_per_minute, tokens_per_day) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO NOTHING",
                key.Id, key.Client, KeyRolesText.Write(key.Roles), key.Sha256, key.PerMinute, key.CreatedAt.UtcTicks, key.RevokedAt?.UtcTicks, key.TokensPerMinute, key.TokensPerDay);
            return added == 1 || Find(s, key.Id)?.Sha256 == key.Sha256 ? added : throw KeyRow.Taken(key);
        },
        cancellationToken);

    public async Task<IReadOnlyList<StoredKey>> ListAsync(CancellationToken cancellationToken) =>
        await database.ReadAsync(s => s.All($"{Columns} ORDER BY created_at, id", Read), cancellationToken).ConfigureAwait(false);

    public Task<StoredKey?> RevokeAsync(string id, DateTimeOffset at, CancellationToken cancellationToken) => database.WriteAsync(
        s =>
        {
            s.Execute("UPDATE keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", id, at.UtcTicks);
            return Find(s, id);
        },
        cancellationToken);

    private static StoredKey? Find(Session session, string id) => session.First($"{Columns} WHERE id = ?1", Read, id);

    private static StoredKey Read(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        KeyRow.Roles(row.GetString(0), row.GetString(2)),
        row.GetString(3),
        row.IsDBNull(4) ? null : row.GetInt32(4),
        KeyRow.Date(row.GetInt64(5)),
        row.IsDBNull(6) ? null : KeyRow.Date(row.GetInt64(6)),
        row.IsDBNull(7) ? null : row.GetInt64(7),
        row.IsDBNull(8) ? null : row.GetInt64(8));
}
