using System.Runtime.CompilerServices;
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

    public async Task<StoredTurns> ReadAsync(string conversationId, CancellationToken cancellationToken) =>
        StoredTurns.Read(
            conversationId,
            await database.ReadAsync(
                s => s.All("SELECT number, content FROM turns WHERE conversation = ?1 ORDER BY number", r => (r.GetInt32(0), (byte[]?)r.GetFieldValue<byte[]>(1)), conversationId),
                cancellationToken).ConfigureAwait(false),
            damage);

    public async Task<Turn?> FindAsync(string conversationId, int number, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(
            s => s.First("SELECT content FROM turns WHERE conversation = ?1 AND number = ?2", r => r.GetFieldValue<byte[]>(0), conversationId, number),
            cancellationToken).ConfigureAwait(false);
        return found is null ? null : damage.Told(() => TurnPlace.Read(conversationId, number, found));
    }

    public async Task<IReadOnlyList<Turn>> RecentAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return [.. (await database.ReadAsync(
            s => s.All("SELECT conversation, number, content FROM turns ORDER BY sequence DESC LIMIT ?1", ReadOrSetAside, count),
            cancellationToken).ConfigureAwait(false)).OfType<Turn>()];
    }

    public Task DeleteAsync(string conversationId, CancellationToken cancellationToken) =>
        database.WriteAsync(s => s.Execute("DELETE FROM turns WHERE conversation = ?1", conversationId), cancellationToken, erases: true);

    public async IAsyncEnumerable<string> ConversationsBeforeAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var unread = new List<string>(); // conversations of turns that can't be read: they are about as old as the next one that can
        for (var after = 0L; ;)
        {
            var cursor = after;
            var page = await database.ReadAsync(
                s => s.All(
                    "SELECT conversation, number, content, sequence FROM turns WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                    r => (Sequence: r.GetInt64(3), Conversation: r.GetString(0), ReadOrSetAside(r)?.At),
                    cursor, Page),
                cancellationToken).ConfigureAwait(false);
            foreach (var (sequence, conversation, at) in page)
            {
                after = sequence;
                unread.Add(conversation);
                if (at < before)
                {
                    foreach (var old in unread)
                    {
                        yield return old;
                    }
                }

                if (at is not null)
                {
                    unread.Clear();
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

    /// <summary>A row that begins with its conversation, number and content.</summary>
    private Turn? ReadOrSetAside(SqliteDataReader row) => damage.Unless(() => TurnPlace.Read(row.GetString(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2)));
}
