using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <inheritdoc/>
internal sealed class SqliteTurnStore(Database database, StorageDamage damage) : ITurnStore
{
    public async Task<bool> AppendAsync(Turn turn, CancellationToken cancellationToken)
    {
        TurnPlace.Require(turn);
        var content = Content.Of(turn);
        await database.WriteAsync(s => Append(s, turn, content), cancellationToken).ConfigureAwait(false);
        return true;
    }

    public async Task<IReadOnlyList<Turn>> ReadAsync(string conversationId, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            s => s.All("SELECT content FROM turns WHERE conversation = ?1 ORDER BY number", Read, conversationId),
            cancellationToken).ConfigureAwait(false);

    public Task<Turn?> FindAsync(string conversationId, int number, CancellationToken cancellationToken) =>
        database.ReadAsync(
            s => s.First("SELECT content FROM turns WHERE conversation = ?1 AND number = ?2", Read, conversationId, number),
            cancellationToken);

    public async Task<IReadOnlyList<Turn>> RecentAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. (await database.ReadAsync(
            s => s.All("SELECT content FROM turns ORDER BY sequence DESC LIMIT ?1", row => damage.Unless(() => Read(row)), count),
            cancellationToken).ConfigureAwait(false)).OfType<Turn>()];
    }

    private static bool Append(Session session, Turn turn, byte[] content)
    {
        var added = session.Execute(
            "INSERT INTO turns(conversation, number, content) VALUES(?1, ?2, ?3) ON CONFLICT(conversation, number) DO NOTHING",
            turn.ConversationId, turn.Number, content);
        if (added == 1)
        {
            return true;
        }

        var stored = session.First(
            "SELECT content FROM turns WHERE conversation = ?1 AND number = ?2",
            r => r.GetFieldValue<byte[]>(0),
            turn.ConversationId, turn.Number);
        return content.AsSpan().SequenceEqual(stored)
            ? false
            : throw TurnPlace.Taken(turn);
    }

    private static Turn Read(Microsoft.Data.Sqlite.SqliteDataReader row)
    {
        var content = row.GetFieldValue<byte[]>(0);
        try
        {
            return Content.Turn(content);
        }
        catch (JsonException e)
        {
            throw new StorageDamagedException($"A stored turn can't be read: {e.Message} Restore it from a backup.", e);
        }
    }
}
