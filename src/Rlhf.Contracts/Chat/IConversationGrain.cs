using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace Rlhf.Contracts;

/// <summary>One conversation, keyed by its id: its turns, the version each came from, the feedback on each.</summary>
[Alias("rlhf.IConversationGrain")]
public interface IConversationGrain : IGrainWithStringKey
{
    /// <summary>Draws one reply, piece by piece; the best of several comes in one piece when it is chosen. The turn is stored before the last piece is handed out; a reply that
    /// its reader gives up on, or whose request says so, is stored nowhere and its number is not used again. A request that is sent again, because no piece of its reply came,
    /// ends the earlier attempt, or is answered by what that one stored.</summary>
    /// <exception cref="RefusedException">The version is unknown or can't choose among replies, the prompt does not fit, the queue is full, the
    /// conversation is another user's, or it is another client's and so unknown to this one.</exception>
    [Alias("Chat")]
    IAsyncEnumerable<ChatChunk> ChatAsync(ChatRequest request, CancellationToken cancellationToken = default);

    /// <summary>Records what a rater says of a turn or of the whole conversation, or takes it back: one statement of each kind per rater and turn, a repeat
    /// overwrites. Returns when it is durable.</summary>
    /// <exception cref="RefusedException">The turn is unknown, as all turns of other clients are, the conversation is another user's, the rater may
    /// not rate now, or what is said makes no sense for this reply.</exception>
    [Alias("Give")]
    Task<FeedbackReceipt> GiveAsync(FeedbackStatement statement, CancellationToken cancellationToken = default);

    /// <summary>Records a rater's order of replies to one prompt, or takes it back. The conversation is that of <see cref="ComparisonStatement.OwnerOf"/>; the others
    /// are told of it, so that whichever is erased takes the comparison with it.</summary>
    /// <exception cref="RefusedException">A reply is unknown or not the rater's to judge, the replies answer different prompts, or the rater may not rate now.</exception>
    [Alias("Compare")]
    Task<FeedbackReceipt> CompareAsync(ComparisonStatement comparison, CancellationToken cancellationToken = default);

    /// <summary>A turn that somebody wants to judge beside another conversation's.</summary>
    /// <exception cref="RefusedException">The turn is unknown, or not the author's to judge.</exception>
    [AlwaysInterleave]
    [Alias("FindJudged")]
    Task<Turn> FindJudgedAsync(int number, FeedbackAuthor author, CancellationToken cancellationToken = default);

    /// <summary>Draws another reply to a turn's prompt, by the live version: the best of several where that has a reward model. Nothing of it is stored.</summary>
    /// <exception cref="RefusedException">The turn is unknown, as all turns of other clients are, or the queue is full.</exception>
    [AlwaysInterleave]
    [Alias("Suggest")]
    Task<Suggestion> SuggestAsync(SuggestionRequest request, CancellationToken cancellationToken = default);

    /// <summary>How far the reward ensemble of a turn's version disagrees on its reply: the standard deviation of the heads' scores.</summary>
    /// <returns>Null where the version has no reward model, or one of a single head, where no process scores now, or where the turn is not stored.</returns>
    [AlwaysInterleave]
    [Alias("Disagreement")]
    Task<double?> DisagreementAsync(int number, CancellationToken cancellationToken = default);

    /// <summary>Tells the conversation of a comparison that is recorded on another one's reply and has one of its own in it.</summary>
    /// <returns>Whether the reply is still there.</returns>
    [AlwaysInterleave]
    [Alias("Compared")]
    Task<bool> ComparedAsync(FeedbackEvent part, long sequence, CancellationToken cancellationToken = default);

    /// <summary>Erases what the conversation has of comparisons, by its sequences in the ledger, because another conversation that has a part in them is erased.</summary>
    /// <returns>How many events were erased.</returns>
    [AlwaysInterleave]
    [Alias("EraseCompared")]
    Task<int> EraseComparedAsync(ImmutableArray<long> sequences, string reason, CancellationToken cancellationToken = default);

    /// <summary>Records a rater's thumb on a turn, or takes it back, as processes of the version before this one ask for it (<see cref="GiveAsync"/>).</summary>
    /// <exception cref="RefusedException">The turn is unknown, as all turns of other clients are, the conversation is another user's, or the rater may
    /// not rate now.</exception>
    [Alias("Rate")]
    Task<ThumbReceipt> RateAsync(ThumbRequest request, CancellationToken cancellationToken = default);

    /// <summary>Erases the conversation: its turns, whose it is, and the feedback on it. Replies under way are not stored any more; a later one opens the
    /// conversation anew, and no number is given twice. What a crash interrupts is finished when it's asked for again.</summary>
    /// <returns>What was erased; null where there is nothing that the request means.</returns>
    [Alias("Erase")]
    Task<ErasedCounts?> EraseAsync(ConversationErasure request, CancellationToken cancellationToken = default);

    /// <summary>Erases some of the feedback on the conversation, by its sequences in the ledger.</summary>
    /// <returns>How many events were erased.</returns>
    [Alias("EraseFeedback")]
    Task<int> EraseFeedbackAsync(ImmutableArray<long> sequences, string reason, CancellationToken cancellationToken = default);

    /// <summary>The conversation as it is stored; null when nothing is stored under this id.</summary>
    [ReadOnly]
    [Alias("Get")]
    Task<Conversation?> GetAsync(CancellationToken cancellationToken = default);
}
