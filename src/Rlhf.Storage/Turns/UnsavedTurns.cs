using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>
/// Turns that wait in memory for a store that doesn't answer, oldest first, so that chatting goes on meanwhile. They are
/// saved when it answers again, those of one conversation in their order. The process's end before that loses them.
/// </summary>
/// <param name="save">Saves a turn; one that is saved already stays as it is.</param>
/// <param name="most">How many bytes of content may wait.</param>
internal sealed class UnsavedTurns(Func<Turn, CancellationToken, Task> save, long most) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock guard = new();
    private readonly SemaphoreSlim one = new(1);
    private readonly Dictionary<string, Task> slow = [];
    private readonly Dictionary<string, List<(Turn Turn, int Bytes)>> conversations = [];
    private readonly Queue<string> order = [];
    private readonly CancellationTokenSource closing = new();
    private Task saving = Task.CompletedTask;
    private bool saves;
    private long bytes;

    /// <summary>Keeps a turn; false when there is no room for it.</summary>
    public bool TryKeep(Turn turn, int size)
    {
        lock (guard)
        {
            if (bytes + size > most)
            {
                return false;
            }

            if (!conversations.TryGetValue(turn.ConversationId, out var turns))
            {
                conversations.Add(turn.ConversationId, turns = []);
                order.Enqueue(turn.ConversationId);
            }

            turns.Add((turn, size));
            bytes += size;
            if (!saves)
            {
                saves = true;
                saving = Task.Run(SaveUntilDoneAsync);
            }

            return true;
        }
    }

    /// <summary>A conversation's turns that wait, in the order in which they came.</summary>
    public IReadOnlyList<Turn> Of(string conversation)
    {
        lock (guard)
        {
            return conversations.TryGetValue(conversation, out var turns) ? [.. turns.Select(waiting => waiting.Turn)] : [];
        }
    }

    /// <summary>Saves a conversation's turns now.</summary>
    /// <exception cref="StorageException">The store still doesn't answer.</exception>
    public async Task SaveAsync(string conversation, CancellationToken cancellationToken)
    {
        while (Of(conversation).Count > 0)
        {
            await one.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (Of(conversation) is [var turn, ..])
                {
                    await SaveInPlaceAsync(turn, cancellationToken).ConfigureAwait(false);
                    Remove(turn);
                }
            }
            finally
            {
                one.Release();
            }
        }
    }

    /// <summary>Notes a try to save a turn that is still under way while the turn waits here.</summary>
    public void Slow(string conversation, Task saving)
    {
        lock (guard)
        {
            var all = Task.WhenAll(slow.GetValueOrDefault(conversation, Task.CompletedTask), saving);
            slow[conversation] = all;
            all.ContinueWith(
                ended =>
                {
                    _ = ended.Exception;
                    lock (guard)
                    {
                        if (slow.GetValueOrDefault(conversation) == all)
                        {
                            slow.Remove(conversation);
                        }
                    }
                },
                TaskScheduler.Default);
        }
    }

    /// <summary>Forgets a conversation's turns. When the task completes, none of them is being saved any more.</summary>
    public async Task ForgetAsync(string conversation, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken).ConfigureAwait(false); // nothing is being saved
        try
        {
            foreach (var turn in Of(conversation))
            {
                Remove(turn);
            }
        }
        finally
        {
            one.Release();
        }

        Task underWay;
        lock (guard)
        {
            underWay = slow.GetValueOrDefault(conversation, Task.CompletedTask);
        }

        await underWay.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Another process may have gone on with the conversation meanwhile, and have given the turn's number away. What was said is kept all the
    /// same, as the next turn that is free.</summary>
    private async Task SaveInPlaceAsync(Turn turn, CancellationToken cancellationToken)
    {
        for (var place = turn; ; place = place with { Number = place.Number + 1 })
        {
            try
            {
                await save(place, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (InvalidOperationException)
            {
                // that number is taken
            }
        }
    }

    /// <summary>Tries once more to save what waits.</summary>
    public void Dispose()
    {
        closing.Cancel();
        saving.GetAwaiter().GetResult();
        _ = TrySaveAllAsync().GetAwaiter().GetResult();
        closing.Dispose();
        one.Dispose();
    }

    private async Task SaveUntilDoneAsync()
    {
        while (!await TrySaveAllAsync().ConfigureAwait(false) && !closing.IsCancellationRequested)
        {
            await Task.Delay(Pause, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TrySaveAllAsync()
    {
        while (First() is { } conversation)
        {
            try
            {
                await SaveAsync(conversation, CancellationToken.None).ConfigureAwait(false);
            }
            catch (StorageException)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The conversation that waits longest; with none the saving has ended, so that the next turn begins it anew.</summary>
    private string? First()
    {
        lock (guard)
        {
            while (order.TryPeek(out var conversation))
            {
                if (conversations.ContainsKey(conversation))
                {
                    return conversation;
                }

                order.Dequeue();
            }

            saves = false;
            return null;
        }
    }

    private void Remove(Turn turn)
    {
        lock (guard)
        {
            // Someone else may have saved and removed it at the same time.
            if (conversations.TryGetValue(turn.ConversationId, out var turns) && turns.FindIndex(waiting => ReferenceEquals(waiting.Turn, turn)) is >= 0 and var at)
            {
                bytes -= turns[at].Bytes;
                turns.RemoveAt(at);
                if (turns.Count == 0)
                {
                    conversations.Remove(turn.ConversationId);
                }
            }
        }
    }
}
