using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <inheritdoc/>
internal sealed class SqliteConversationIndex(Database database) : IConversationIndex
{
    private const int Rows = 256;

    public Task AddAsync(IndexedConversation conversation, CancellationToken cancellationToken) =>
        database.WriteAsync(
            s => s.Execute(
                "INSERT INTO conversations(id, client, user, opened_at) VALUES(?1, ?2, ?3, ?4) "
                + "ON CONFLICT(id) DO UPDATE SET client = excluded.client, user = excluded.user, opened_at = excluded.opened_at",
                conversation.Id, conversation.Client ?? "", conversation.User, conversation.OpenedAt.ToUnixTimeMilliseconds()),
            cancellationToken);

    public Task RemoveAsync(string? client, string user, string id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            s => s.Execute("DELETE FROM conversations WHERE id = ?1 AND client = ?2 AND user = ?3", id, client ?? "", user), cancellationToken, erases: true);

    public Task<ConversationPage?> PageAsync(string? client, string user, int limit, string? after, CancellationToken cancellationToken) =>
        database.ReadAsync(s => Page(s, client, user, limit, after), cancellationToken);

    public async IAsyncEnumerable<string> OpenedAsync(DateTimeOffset from, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A page at a time, by the table's own order: whoever erases what it is told changes the table meanwhile.
        for (var after = 0L; ;)
        {
            var cursor = after;
            var page = await database.ReadAsync(
                s => s.All(
                    "SELECT rowid, id FROM conversations WHERE rowid > ?1 AND opened_at >= ?2 AND opened_at < ?3 ORDER BY rowid LIMIT ?4",
                    r => (Row: r.GetInt64(0), Id: r.GetString(1)),
                    cursor, from.ToUnixTimeMilliseconds(), before.ToUnixTimeMilliseconds(), Rows),
                cancellationToken).ConfigureAwait(false);
            foreach (var (row, id) in page)
            {
                after = row;
                yield return id;
            }

            if (page.Count < Rows)
            {
                yield break;
            }
        }
    }

    private static ConversationPage? Page(Session session, string? client, string user, int limit, string? after)
    {
        var start = after is null ? null : session.First(
            "SELECT id, opened_at FROM conversations WHERE id = ?1 AND client = ?2 AND user = ?3", r => Read(r, client, user), after, client ?? "", user);
        if (after is not null && start is null)
        {
            return null;
        }

        var found = session.All(
            "SELECT id, opened_at FROM conversations WHERE client = ?1 AND user = ?2 AND (opened_at, id) < (?3, ?4) ORDER BY opened_at DESC, id DESC LIMIT ?5",
            r => Read(r, client, user),
            client ?? "", user, start?.OpenedAt.ToUnixTimeMilliseconds() ?? long.MaxValue, start?.Id ?? "", limit + 1L);
        return new ConversationPage([.. found.Take(limit)], found.Count > limit);
    }

    private static IndexedConversation Read(SqliteDataReader row, string? client, string user) =>
        new(row.GetString(0), client, user, DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)));
}
