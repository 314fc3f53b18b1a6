using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Rlhf.Contracts;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <inheritdoc/>
/// <remarks>
/// <c>turns</c>: a conversation is a partition, a turn is a row named by its number. Conversations are many and each is
/// slow, so that writes spread by themselves, and a conversation is read by one query of one partition.
/// <c>recent</c>: for each turn a row that names it, in one of 16 partitions by the conversation, newest first by the time
/// that the turn carries. What lies there without its turn was never acknowledged and is passed over.
/// While the tables don't answer, or not in time, turns wait in memory (<see cref="UnsavedTurns"/>) and the chat goes on.
/// What is looked up to be rated is saved first, so that nothing in the ledger is about a turn that isn't there.
/// </remarks>
internal sealed class TableTurnStore : ITurnStore, IDisposable
{
    private const int Lanes = 16;
    private const int AtOnce = 16;

    private readonly TableAccount account;
    private readonly TimeSpan patience;
    private readonly TableClient turns;
    private readonly TableClient recent;
    private readonly UnsavedTurns unsaved;

    private readonly StorageDamage damage;

    public TableTurnStore(TableAccount account, TableStorageOptions options, StorageDamage damage)
    {
        this.account = account;
        this.damage = damage;
        patience = options.TurnPatience;
        turns = account.Table("turns");
        recent = account.Table("recent");
        unsaved = new UnsavedTurns((turn, cancellation) => SaveAsync(turn, Content.Of(turn), cancellation), options.UnsavedTurnBytes);
    }

    public async Task<bool> AppendAsync(Turn turn, CancellationToken cancellationToken)
    {
        TurnPlace.Require(turn);
        var content = Content.Of(turn);
        Payload.RequireFits(content.Length, $"Turn {turn.Number} of conversation {turn.ConversationId}");

        // Behind its conversation's turns that wait; and without asking tables that didn't answer a moment ago.
        if ((account.Contact.Lost || unsaved.Of(turn.ConversationId).Count > 0) && unsaved.TryKeep(turn, content.Length))
        {
            return false;
        }

        var saving = SaveAsync(turn, content, cancellationToken);
        try
        {
            await saving.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            if (unsaved.TryKeep(turn, content.Length))
            {
                unsaved.Slow(turn.ConversationId, saving); // whatever becomes of it, the turn is tried again
                return false;
            }

            await saving.ConfigureAwait(false);
            return true;
        }
        catch (StorageUnavailableException) when (unsaved.TryKeep(turn, content.Length)) // whatever other requests have met since
        {
            return false;
        }
    }

    public async Task<StoredTurns> ReadAsync(string conversationId, CancellationToken cancellationToken)
    {
        var waiting = unsaved.Of(conversationId);
        var saved = await account.AskAboutAsync(
            conversationId,
            StoredTurns.None,
            async cancellation =>
            {
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Key.Of(conversationId)}");
                var rows = await turns.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).Select(row => (NumberOf(row), (byte[]?)row.Content())).ToListAsync(cancellation).ConfigureAwait(false);
                return StoredTurns.Read(conversationId, rows, damage);
            },
            cancellationToken).ConfigureAwait(false);
        return waiting.Count == 0 ? saved : new StoredTurns([.. saved.Concat(waiting).DistinctBy(turn => turn.Number).OrderBy(turn => turn.Number)], saved.Damaged);
    }

    public async Task<Turn?> FindAsync(string conversationId, int number, CancellationToken cancellationToken)
    {
        await unsaved.SaveAsync(conversationId, cancellationToken).ConfigureAwait(false);
        return await account.DoAsync(
            async cancellation =>
            {
                var found = await turns.GetEntityIfExistsAsync<TableEntity>(Key.Of(conversationId), Key.Of(number), cancellationToken: cancellation).ConfigureAwait(false);
                return found.HasValue ? damage.Told(() => TurnPlace.Read(conversationId, number, found.Value!.Content())) : null;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<Turn>> RecentAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count == 0 ? [] : await account.DoAsync(cancellation => RecentTurnsAsync(count, cancellation), cancellationToken).ConfigureAwait(false);
    }

    public async Task DeleteAsync(string conversationId, CancellationToken cancellationToken)
    {
        await unsaved.ForgetAsync(conversationId, cancellationToken).ConfigureAwait(false);
        await account.DoAsync(
            async cancellation =>
            {
                var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Key.Of(conversationId)}");
                await foreach (var row in turns.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).ConfigureAwait(false))
                {
                    // The turn goes last: it tells where it is mentioned.
                    await DeleteMentionsAsync(conversationId, NumberOf(row), ReadOrSetAside(row), cancellation).ConfigureAwait(false);

                    await turns.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellation).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<string> ConversationsBeforeAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var lane = 0; lane < Lanes; lane++)
        {
            var oldest = TableClient.CreateQueryFilter($"PartitionKey eq {Key.Partition(lane)} and RowKey gt {Key.Of(long.MaxValue - before.UtcTicks) + "~~"}");
            var mentions = await account.DoAsync(
                cancellation => recent.QueryAsync<TableEntity>(oldest, cancellationToken: cancellation).Select(mention => (Conversation: mention.GetString("Conversation"), Number: mention.GetInt32("Number")!.Value))
                    .Distinct().ToListAsync(cancellation).AsTask(),
                cancellationToken).ConfigureAwait(false);
            foreach (var (conversation, number) in mentions.DistinctBy(mention => mention.Conversation))
            {
                // A key may be a hash: the turn itself has the conversation's name.
                if (await account.DoAsync(cancellation => turns.GetEntityIfExistsAsync<TableEntity>(conversation, Key.Of(number), cancellationToken: cancellation), cancellationToken).ConfigureAwait(false) is { HasValue: true } found
                    && (ReadOrSetAside(found.Value!)?.ConversationId ?? Key.Read(conversation)) is { } id)
                {
                    yield return id;
                }
            }
        }
    }

    public void Dispose() => unsaved.Dispose();

    /// <summary>Under whichever number: one that was taken is mentioned, too. Where an unreadable turn is mentioned only its conversation's partition tells.</summary>
    private async Task DeleteMentionsAsync(string conversation, int number, Turn? turn, CancellationToken cancellationToken)
    {
        var lane = Key.Partition(conversation, Lanes);
        var filter = turn is not null && MentionOf(turn) is var start
            ? TableClient.CreateQueryFilter($"PartitionKey eq {lane} and RowKey ge {start} and RowKey lt {start + "~"}")
            : TableClient.CreateQueryFilter($"PartitionKey eq {lane} and Conversation eq {Key.Of(conversation)} and Number eq {number}");
        await foreach (var mention in recent.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            await recent.DeleteEntityAsync(lane, mention.RowKey, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private static string MentionOf(Turn turn) => $"{Key.Of(long.MaxValue - turn.At.UtcTicks)}~{Key.Of(turn.ConversationId)}~";

    private Task SaveAsync(Turn turn, byte[] content, CancellationToken cancellationToken) =>
        account.DoAsync(cancellation => WriteAsync(turn, content, cancellation), cancellationToken);

    private async Task WriteAsync(Turn turn, byte[] content, CancellationToken cancellationToken)
    {
        var conversation = Key.Of(turn.ConversationId);
        var mention = new TableEntity(Key.Partition(turn.ConversationId, Lanes), MentionOf(turn) + Key.Of(turn.Number))
        {
            ["Conversation"] = conversation,
            ["Number"] = turn.Number,
        };
        await Task.WhenAll(
            recent.UpsertEntityAsync(mention, TableUpdateMode.Replace, cancellationToken),
            AddAsync(turn, new TableEntity(conversation, Key.Of(turn.Number)).With(content), content, cancellationToken)).ConfigureAwait(false);
    }

    private async Task AddAsync(Turn turn, TableEntity entity, byte[] content, CancellationToken cancellationToken)
    {
        try
        {
            await turns.AddEntityAsync(entity, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException e) when (e.Status == 409)
        {
            // Ours, if an answer was lost on the way, or the same turn sent again.
            TableEntity stored = await turns.GetEntityAsync<TableEntity>(entity.PartitionKey, entity.RowKey, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (!content.AsSpan().SequenceEqual(stored.Content()))
            {
                throw TurnPlace.Taken(turn);
            }
        }
    }

    private async Task<IReadOnlyList<Turn>> RecentTurnsAsync(int count, CancellationToken cancellationToken)
    {
        var lanes = await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane =>
        {
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Key.Partition(lane)}");
            return recent.QueryAsync<TableEntity>(filter, Math.Min(count, 1000), cancellationToken: cancellationToken).Take(count).ToListAsync(cancellationToken).AsTask();
        })).ConfigureAwait(false);
        var newest = lanes.SelectMany(lane => lane).OrderBy(mention => mention.RowKey, StringComparer.Ordinal)
            .Select(mention => (Conversation: mention.GetString("Conversation"), Number: mention.GetInt32("Number")!.Value))
            .Distinct();
        var found = new List<Turn>(count);
        foreach (var some in newest.Chunk(AtOnce))
        {
            var read = await Task.WhenAll(some.Select(place =>
                turns.GetEntityIfExistsAsync<TableEntity>(place.Conversation, Key.Of(place.Number), cancellationToken: cancellationToken))).ConfigureAwait(false);
            found.AddRange(read.Where(turn => turn.HasValue).Select(turn => ReadOrSetAside(turn.Value!)).OfType<Turn>());
            if (found.Count >= count)
            {
                break;
            }
        }

        return [.. found.Take(count)];
    }

    private static int NumberOf(TableEntity row) => int.Parse(row.RowKey, CultureInfo.InvariantCulture);

    private Turn? ReadOrSetAside(TableEntity row) => damage.Unless(() => TurnPlace.Read(Key.Read(row.PartitionKey) ?? row.PartitionKey, NumberOf(row), row.Content()));
}
