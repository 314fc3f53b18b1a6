namespace Rlhf.Storage;

/// <summary>Which conversations a user has opened. An entry is made before its conversation is opened, and goes after the conversation was erased: the
/// index may name one too many, never one too few.</summary>
public interface IConversationIndex
{
    /// <summary>Enters a conversation. When the task completes it survives a crash of process and machine.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="cancellationToken">Cancels while it waits.</param>
    Task AddAsync(IndexedConversation conversation, CancellationToken cancellationToken = default);

    /// <summary>Takes a conversation out. One that isn't in is no error.</summary>
    /// <param name="client">Whose it is.</param>
    /// <param name="user">Who opened it.</param>
    /// <param name="id">The conversation.</param>
    /// <param name="cancellationToken">Cancels while it waits.</param>
    Task RemoveAsync(string? client, string user, string id, CancellationToken cancellationToken = default);

    /// <summary>Some of a user's conversations, those opened last first.</summary>
    /// <param name="client">Whose they are; null for those opened without a key.</param>
    /// <param name="user">Who opened them.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="after">The conversation that they come after; null for the first.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The conversations, or null where the user has none called <paramref name="after"/>.</returns>
    Task<ConversationPage?> PageAsync(string? client, string user, int limit, string? after, CancellationToken cancellationToken = default);

    /// <summary>The conversations that were opened in a span of time, each once or more.</summary>
    /// <param name="from">From then on.</param>
    /// <param name="before">And before then.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<string> OpenedAsync(DateTimeOffset from, DateTimeOffset before, CancellationToken cancellationToken = default);
}

/// <summary>A conversation and who opened it when.</summary>
/// <param name="Id">The conversation.</param>
/// <param name="Client">The client whose API key opened it; null when it was opened without one.</param>
/// <param name="User">The user who opened it.</param>
/// <param name="OpenedAt">When.</param>
public sealed record IndexedConversation(string Id, string? Client, string User, DateTimeOffset OpenedAt);

/// <summary>Some of a user's conversations.</summary>
/// <param name="Conversations">The conversations, newest first.</param>
/// <param name="HasMore">Whether older ones follow.</param>
public sealed record ConversationPage(IReadOnlyList<IndexedConversation> Conversations, bool HasMore);
