using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Rlhf.Contracts;
using Rlhf.Storage.Sqlite;

namespace Rlhf.Storage;

/// <inheritdoc/>
internal sealed class SqliteTurnStore(Database database, StorageDamage damage) : ITurnStore
{
    private const int Page = 256;

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

    public Task DeleteAsync(string conversationId, CancellationToken cancellationToken) =>
        database.WriteAsync(s => s.Execute("DELETE FROM turns WHERE conversation = ?1", conversationId), cancellationToken, erases: true);

    public async IAsyncEnumerable<string> ConversationsBeforeAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            var cursor = after;
            var page = await database.ReadAsync(
                s => s.All(
                    "SELECT sequence, conversation, content FROM turns WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                    r => (Sequence: r.GetInt64(0), Conversation: r.GetString(1), damage.Unless(() => Read(r, 2))?.At),
                    cursor, Page),
                cancellationToken).ConfigureAwait(false);
            foreach (var (sequence, conversation, at) in page)
            {
                after = sequence;
                if (at < before)
                {
                    yield return conversation;
                }
            }

            if (page.Count < Page || page.TrueForAll(turn => turn.At >= before))
            {
                yield break; // they were stored in about the order of their times
            }
        }
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

    private static Turn Read(SqliteDataReader row) => Read(row, 0);

    private static Turn Read(SqliteDataReader row, int column)
    {
        var content = row.GetFieldValue<byte[]>(column);
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
