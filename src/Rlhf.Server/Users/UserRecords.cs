using System.Runtime.CompilerServices;
using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Grains.Versions;
using Rlhf.Server.Hosting;
using Rlhf.Server.Learner;
using Rlhf.Storage;

namespace Rlhf.Server.Users;

/// <summary>All that is kept of a user, wherever it lies. What a user gave as a rater is found by reading the ledger through.</summary>
internal sealed class UserRecords(IFeedbackLedger ledger, IConversationIndex index, IGrainFactory grains, CatalogCache catalog, LiveSilos silos, TrainingErasure training, TimeProvider time)
{
    private const int Page = 100;

    private IRatersGrain Raters => grains.GetGrain<IRatersGrain>(catalog.Current.Model);

    /// <summary>The conversations that the user opened, newest first.</summary>
    public async IAsyncEnumerable<IndexedConversation> ConversationsAsync(string? client, string user, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        while (await index.PageAsync(client, user, Page, after, cancellationToken) is { } page)
        {
            foreach (var conversation in page.Conversations)
            {
                yield return conversation;
            }

            if (!page.HasMore)
            {
                yield break;
            }

            after = page.Conversations[^1].Id;
        }
    }

    /// <summary>One of them as it is stored; null where the index named one too many.</summary>
    public async Task<Conversation?> ReadAsync(string? client, string user, string id, CancellationToken cancellationToken)
    {
        var conversation = await silos.AskAsync(cancellation => grains.Conversation(id).GetAsync(cancellation), cancellationToken);
        return conversation?.Owner == user && conversation.Client == client ? conversation : null;
    }

    /// <summary>What was said about a conversation.</summary>
    public Task<IReadOnlyList<LedgerEntry>> FeedbackOnAsync(string conversation, CancellationToken cancellationToken) => ledger.ReadConversationAsync(conversation, cancellationToken);

    /// <summary>What the user said of replies.</summary>
    public IAsyncEnumerable<LedgerEntry> FeedbackOfAsync(string? client, string user, CancellationToken cancellationToken) =>
        ledger.ReadAsync(0, cancellationToken).Where(entry => entry.Event.IsFeedback && entry.Event.Rater == user && entry.Event.Client == client);

    /// <summary>What is counted of the user as a rater.</summary>
    public Task<RaterReport?> StandingAsync(string? client, string user, CancellationToken cancellationToken) => Raters.GetAsync(RaterId.Of(client, user), cancellationToken);

    /// <summary>Erases all of it. Whatever it breaks off at, the same again goes on from there. What fails in one conversation is told when all else is gone.</summary>
    public async Task<UserDeletedBody> EraseAsync(string? client, string user, CancellationToken cancellationToken)
    {
        var (conversations, turns, feedback) = (0, 0, 0);
        var failed = new Dictionary<string, StorageException>();
        foreach (var conversation in await ConversationsAsync(client, user, cancellationToken).ToListAsync(cancellationToken))
        {
            var request = new ConversationErasure(Erasure.OfUser, client, user);
            await EachAsync(conversation.Id, failed, async () =>
            {
                if (await silos.AskAsync(cancellation => grains.Conversation(conversation.Id).EraseAsync(request, cancellation), cancellationToken) is { } erased)
                {
                    (conversations, turns, feedback) = (conversations + 1, turns + erased.Turns, feedback + erased.Feedback);
                }
            });
        }

        var given = await FeedbackOfAsync(client, user, cancellationToken)
            .Select(entry => (entry.Sequence, Conversation: CompletionId.TryParse(entry.Event.CompletionId, out var conversation, out _) ? conversation : null))
            .ToListAsync(cancellationToken);
        foreach (var about in given.GroupBy(said => said.Conversation, said => said.Sequence))
        {
            await EachAsync(about.Key ?? "", failed, async () => feedback += about.Key is { } conversation
                ? await silos.AskAsync(cancellation => grains.Conversation(conversation).EraseFeedbackAsync([.. about], Erasure.OfUser, cancellation), cancellationToken)
                : await ledger.EraseAsync(Erasure.OfUser, [.. about], time.GetUtcNow(), cancellationToken: cancellationToken)); // imported
        }

        await Raters.ForgetAsync(RaterId.Of(client, user), cancellationToken);
        await grains.GetGrain<IRaterGrain>(RaterId.Of(client, user)).ForgetAsync(cancellationToken);
        await training.ForgetAsync();
        return failed.Count == 0 ? new UserDeletedBody(user, "user.deleted", Deleted: true, conversations, turns, feedback) : throw Unfinished([.. failed.Values]);
    }

    /// <summary>Erases in one conversation. The others don't wait for what its damage needs; a store that doesn't answer, or has no room, is no conversation's.</summary>
    private static async Task EachAsync(string conversation, Dictionary<string, StorageException> failed, Func<Task> erase)
    {
        try
        {
            await erase();
        }
        catch (StorageException error) when (error is not (StorageUnavailableException or StorageFullException))
        {
            failed.TryAdd(conversation, error);
        }
    }

    private static StorageException Unfinished(IReadOnlyList<StorageException> failed)
    {
        var first = failed.FirstOrDefault(error => error is StorageDamagedException) ?? failed[0];
        var message = $"What the user has in {failed.Count} {(failed.Count == 1 ? "conversation" : "conversations")} could not be erased; all else is. {first.Message}";
        return first is StorageDamagedException ? new StorageDamagedException(message, first) : new StorageException(message, first);
    }
}
