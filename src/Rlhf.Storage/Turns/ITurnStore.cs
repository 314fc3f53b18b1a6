using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>The turns of all conversations, one record each.</summary>
public interface ITurnStore
{
    /// <summary>Records a turn. When the task completes with true the turn survives a crash of process and machine.</summary>
    /// <param name="turn">The turn. Sent again unchanged, nothing is written.</param>
    /// <param name="cancellationToken">Cancels while the append waits; one that is being written is finished.</param>
    /// <returns>Whether the turn is durable. False while a store elsewhere doesn't answer: the turn waits in this process's
    /// memory, where it can be read, and is saved, after those of its conversation before it, when the store answers again.</returns>
    /// <exception cref="InvalidOperationException">The conversation has another turn of that number.</exception>
    /// <exception cref="StorageFullException">There is no room; nothing was recorded.</exception>
    /// <exception cref="StorageException">The store doesn't answer, and no more turns can wait for it.</exception>
    Task<bool> AppendAsync(Turn turn, CancellationToken cancellationToken = default);

    /// <summary>All turns of a conversation.</summary>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The turns by number; none for an unknown conversation. Those that can't be read are set aside.</returns>
    Task<StoredTurns> ReadAsync(string conversationId, CancellationToken cancellationToken = default);

    /// <summary>One turn, to be referred to: should it wait to be saved, it is saved first.</summary>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="number">The turn's number in it.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The turn, which is durable, or null when there is none of that number.</returns>
    /// <exception cref="StorageDamagedException">It is stored and can't be read.</exception>
    Task<Turn?> FindAsync(string conversationId, int number, CancellationToken cancellationToken = default);

    /// <summary>The turns that were recorded last, over all conversations.</summary>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The turns, newest first.</returns>
    Task<IReadOnlyList<Turn>> RecentAsync(int count, CancellationToken cancellationToken = default);

    /// <summary>Deletes all turns of a conversation, those that wait to be saved and those that can't be read among them. Nothing of the conversation may be appended meanwhile.</summary>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="cancellationToken">Cancels the deleting; what is deleted by then stays deleted.</param>
    Task DeleteAsync(string conversationId, CancellationToken cancellationToken = default);

    /// <summary>The conversations that have a turn of before a time, each once or more, oldest first as far as the store knows. One that can't be read
    /// counts where the store knows without it that it is so old.</summary>
    /// <param name="before">The time.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<string> ConversationsBeforeAsync(DateTimeOffset before, CancellationToken cancellationToken = default);
}
