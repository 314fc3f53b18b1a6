using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Grains.Versions;
using Rlhf.Storage;

namespace Rlhf.Grains.Chat;

/// <summary>How a conversation is erased.</summary>
public sealed partial class ConversationGrain
{
    private readonly List<Task> _storing = [];
    private readonly SemaphoreSlim _ownership = new(1); // chats interleave: whose the conversation is, and whether it was erased, changes in one place at a time
    private Task _erasing = Task.CompletedTask;
    private int _epoch;

    /// <inheritdoc/>
    public async Task<ErasedCounts?> EraseAsync(ConversationErasure request, CancellationToken cancellationToken = default)
    {
        var stored = await turns.ReadAsync(Id, cancellationToken);
        var isThere = stored.Stored > 0 || _recorded.Count > 0 || (header.RecordExists && !header.State.Erased) || header.State.Owner is not null;
        if (IsDamaged && !MayEraseDamaged(request))
        {
            throw Damaged();
        }

        if (!IsDamaged && request.Owner is { } owner && owner != header.State.Owner)
        {
            await index.RemoveAsync(request.Client, owner, Id, cancellationToken); // which named one too many
            isThere = false;
        }

        if (!isThere || !(IsDamaged || IsKnownTo(request.Client)))
        {
            LeaveIfNobodyHadIt();
            return null;
        }

        var done = header.State.Erased && stored.Stored == 0; // but for whose it was, which its feedback needs
        if (request.QuietSince is { } since && (done || _underWay > 0 || stored.Any(turn => turn.At >= since)))
        {
            return null;
        }

        var erasing = EraseNowAsync(request, cancellationToken);
        _erasing = erasing;
        return await erasing;
    }

    /// <inheritdoc/>
    public async Task<int> EraseFeedbackAsync(ImmutableArray<long> sequences, string reason, CancellationToken cancellationToken = default)
    {
        var erased = await EraseComparedAsync(sequences, reason, cancellationToken);
        await ChangeOwnershipAsync(() => header.State.Erased ? FinishErasureAsync(cancellationToken) : Task.CompletedTask, cancellationToken);
        return erased;
    }

    /// <summary>The ledger's event comes first: from it follows what versions and jobs have to know. Then the state says that there are no turns, and only then they go:
    /// whatever wakes after a crash knows its numbers, and ends what was begun.</summary>
    private async Task<ErasedCounts> EraseNowAsync(ConversationErasure request, CancellationToken cancellationToken)
    {
        _epoch++;
        await Task.WhenAll(_storing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var stored = await turns.ReadAsync(Id, cancellationToken);
        long[] said = request.KeepFeedback ? [] : [.. _recorded.Values];
        var compared = request.KeepFeedback ? 0 : await EraseElsewhereAsync(request.Reason, cancellationToken);
        var erased = compared + await ledger.EraseAsync(
            request.Reason, said, time.GetUtcNow(), stored.Stored, OldestOf(stored), cancellationToken);
        if (!request.KeepFeedback)
        {
            _standing.Clear();
            _recorded.Clear();
        }

        await ChangeOwnershipAsync(
            async () =>
            {
                if (IsDamaged)
                {
                    BeginAnewFor(request);
                }

                header.State.LastAbandoned = Math.Max(_lastNumber, header.State.LastAbandoned);
                header.State.Erased = true;
                await SaveAsync();
                header.State.Damage = null;
                await FinishErasureAsync(cancellationToken);
            },
            cancellationToken);
        _version = null;
        return new ErasedCounts(stored.Stored, erased);
    }

    /// <summary>A turn that can't be read may be of any age.</summary>
    private static DateTimeOffset? OldestOf(StoredTurns stored) =>
        stored.Damaged.Count > 0 ? DateTimeOffset.MinValue : stored.Count == 0 ? null : stored.Min(turn => turn.At);

    /// <summary>Deletes the turns of a conversation that was erased; and whose it was, once nothing is left that could have to be found by it.</summary>
    private async Task FinishErasureAsync(CancellationToken cancellationToken)
    {
        await turns.DeleteAsync(Id, cancellationToken);
        if (_recorded.Count > 0 || header.State is { Owner: null, Client: null })
        {
            return;
        }

        // The index goes last: as long as the state names somebody, that person's erasure has to find the conversation by it.
        var (owner, client) = (header.State.Owner, header.State.Client);
        (header.State.Owner, header.State.Client) = (null, null);
        await SaveAsync();
        if (owner is not null)
        {
            await index.RemoveAsync(client, owner, Id, cancellationToken);
        }
    }

    private async Task ChangeOwnershipAsync(Func<Task> change, CancellationToken cancellationToken)
    {
        await _ownership.WaitAsync(cancellationToken);
        try
        {
            await change();
        }
        finally
        {
            _ownership.Release();
        }
    }

    /// <summary>Ends when the conversation isn't being erased.</summary>
    private async Task ErasedAsync() => await _erasing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
