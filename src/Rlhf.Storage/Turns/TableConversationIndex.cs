using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Rlhf.Storage.Tables;

namespace Rlhf.Storage;

/// <inheritdoc/>
/// <remarks>
/// <c>conversations</c>: a client's user is a partition, a conversation is a row, newest first by the time it was opened. One that was opened in several
/// tries may be there more than once. An installation that is older than the table has its conversations entered, from the state of their grains,
/// before the first page is read.
/// </remarks>
internal sealed class TableConversationIndex(TableAccount account, IOptions<ClusterOptions>? cluster = null) : IConversationIndex
{
    private const string BuiltPartition = "=built", BuiltRow = "built"; // '=' is followed by digits in every other partition
    private const string Conversation = "Conversation", Client = "Client", User = "User", OpenedAt = "OpenedAt";

    private readonly TableClient table = account.Table("conversations");
    private volatile bool built;

    public Task AddAsync(IndexedConversation conversation, CancellationToken cancellationToken) =>
        account.DoAsync(cancellation => table.UpsertEntityAsync(Row(conversation), TableUpdateMode.Replace, cancellation), cancellationToken);

    public Task RemoveAsync(string? client, string user, string id, CancellationToken cancellationToken) => account.DoAsync(
        async cancellation =>
        {
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {PartitionOf(client, user)} and Conversation eq {id}");
            await foreach (var row in table.QueryAsync<TableEntity>(filter, cancellationToken: cancellation).ConfigureAwait(false))
            {
                await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: cancellation).ConfigureAwait(false);
            }
        },
        cancellationToken);

    public async Task<ConversationPage?> PageAsync(string? client, string user, int limit, string? after, CancellationToken cancellationToken)
    {
        await BuiltAsync(cancellationToken).ConfigureAwait(false);
        return await account.DoAsync(cancellation => PageOnceAsync(PartitionOf(client, user), limit, after, cancellation), cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<string> OpenedAsync(DateTimeOffset from, DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BuiltAsync(cancellationToken).ConfigureAwait(false);
        var filter = TableClient.CreateQueryFilter($"OpenedAt ge {from.UtcTicks} and OpenedAt lt {before.UtcTicks}");
        string? next = null;
        do
        {
            var token = next; // a page at a time: who reads may take long over what it is told
            var page = await account.DoAsync(
                async cancellation => await table.QueryAsync<TableEntity>(filter, select: [Conversation], cancellationToken: cancellation).AsPages(token).FirstOrDefaultAsync(cancellation).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            foreach (var row in page?.Values ?? [])
            {
                yield return row.GetString(Conversation);
            }

            next = page?.ContinuationToken;
        }
        while (next is not null);
    }

    private async Task BuiltAsync(CancellationToken cancellationToken)
    {
        if (!built)
        {
            await account.DoAsync(BuildAsync, cancellationToken).ConfigureAwait(false);
            built = true;
        }
    }

    private async Task<ConversationPage?> PageOnceAsync(string partition, int limit, string? after, CancellationToken cancellationToken)
    {
        var start = "";
        if (after is not null)
        {
            var same = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and Conversation eq {after}");
            var found = await table.QueryAsync<TableEntity>(same, cancellationToken: cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            if (found.Count == 0)
            {
                return null;
            }

            start = found[^1].RowKey;
        }

        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {start}");
        var rows = await table.QueryAsync<TableEntity>(filter, Math.Min(limit + 1, 1000), cancellationToken: cancellationToken)
            .Select(Read).DistinctBy(conversation => conversation.Id).Take(limit + 1).ToListAsync(cancellationToken).ConfigureAwait(false);
        return new ConversationPage([.. rows.Take(limit)], rows.Count > limit);
    }

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        if ((await table.GetEntityIfExistsAsync<TableEntity>(BuiltPartition, BuiltRow, cancellationToken: cancellationToken).ConfigureAwait(false)).HasValue)
        {
            return;
        }

        if (cluster is not null)
        {
            await BuildFromAsync(account.Table("state"), $"{cluster.Value.ServiceId}_conversation_", cancellationToken).ConfigureAwait(false);
        }

        await table.UpsertEntityAsync(new TableEntity(BuiltPartition, BuiltRow), TableUpdateMode.Replace, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A grain's state is in the partition of the service's and the grain's id, with '_' between the parts; the id is a <see cref="Key"/>.</summary>
    private async Task BuildFromAsync(TableClient state, string start, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {start} and PartitionKey lt {start + "~"} and RowKey eq {"conversation"}");
        try
        {
            await foreach (var row in state.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                if (OwnerIn(row) is (var client, { } owner))
                {
                    var key = row.PartitionKey[start.Length..];
                    if ((Key.Read(key) ?? await NameInTurnsAsync(key, cancellationToken).ConfigureAwait(false)) is { } id)
                    {
                        var opened = new IndexedConversation(id, client, owner, row.Timestamp ?? default);
                        await table.UpsertEntityAsync(Row(opened), TableUpdateMode.Replace, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // there is no state yet
        }
    }

    /// <summary>A long name is a hash in a key; a turn has the name itself.</summary>
    private async Task<string?> NameInTurnsAsync(string key, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {key}");
        var turn = await account.Table("turns").QueryAsync<TableEntity>(filter, maxPerPage: 1, cancellationToken: cancellationToken).FirstOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return turn is null ? null : Content.Turn(turn.Content()).ConversationId;
        }
        catch (JsonException)
        {
            return null; // it is damaged: who opened the conversation is not found any more by its name
        }
    }

    private static (string? Client, string? Owner) OwnerIn(TableEntity row)
    {
        var json = row.GetString("StringData") ?? (row.GetBinary("Data") is { } data ? Encoding.UTF8.GetString(data) : null);
        if (json is null)
        {
            return default;
        }

        using var state = JsonDocument.Parse(json);
        return (TextIn(Client), TextIn("Owner"));

        string? TextIn(string name) => state.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private static string PartitionOf(string? client, string user) => $"{Key.Of(client ?? "")}~{Key.Of(user)}";

    private static TableEntity Row(IndexedConversation conversation)
    {
        var row = new TableEntity(PartitionOf(conversation.Client, conversation.User), $"{Key.Of(long.MaxValue - conversation.OpenedAt.UtcTicks)}~{Key.Of(conversation.Id)}")
        {
            [Conversation] = conversation.Id, [User] = conversation.User, [OpenedAt] = conversation.OpenedAt.UtcTicks,
        };
        if (conversation.Client is { } client)
        {
            row[Client] = client;
        }

        return row;
    }

    private static IndexedConversation Read(TableEntity row) =>
        new(row.GetString(Conversation), row.GetString(Client), row.GetString(User), new DateTimeOffset(row.GetInt64(OpenedAt)!.Value, TimeSpan.Zero));
}
