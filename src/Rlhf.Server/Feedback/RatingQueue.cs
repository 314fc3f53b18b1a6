using Orleans;
using Rlhf.Contracts;
using Rlhf.Grains;
using Rlhf.Server.Hosting;
using Rlhf.Storage;

namespace Rlhf.Server.Feedback;

/// <summary>Which of the newest replies a rater should be asked about: first those that raters disagree on, then those that were disliked and that nobody corrected, then
/// those that the fewest spoke of.</summary>
internal sealed class RatingQueue(ITurnStore turns, IGrainFactory grains, LiveSilos silos)
{
    /// <summary>How many of the newest replies are looked at.</summary>
    public const int Newest = 100;

    /// <summary>The replies that a rater has not judged yet, those worth most first.</summary>
    /// <param name="client">Whose conversations; null for anybody's.</param>
    /// <param name="rater">The rater.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<IReadOnlyList<QueuedReply>> OfAsync(string? client, string rater, CancellationToken cancellationToken)
    {
        var recent = await turns.RecentAsync(Newest, cancellationToken);
        var conversations = await Task.WhenAll(recent.Select(turn => turn.ConversationId).Distinct().Select(id => ReadAsync(id, cancellationToken)));
        var known = conversations.OfType<Conversation>().Where(conversation => client is null || conversation.Client == client).ToDictionary(conversation => conversation.Id);
        return
        [
            .. recent.Where(turn => known.ContainsKey(turn.ConversationId) && turn is { Filtered: null, Reply.Length: > 0, Messages.Length: > 0 })
                .Select(turn => QueuedReply.Of(turn, known[turn.ConversationId]))
                .Where(reply => !reply.Judges.Contains(rater))
                .OrderBy(reply => reply.Why).ThenBy(reply => reply.Judges.Count).ThenByDescending(reply => reply.Turn.At),
        ];
    }

    /// <summary>A conversation; null where it is damaged, for the others can be rated without it.</summary>
    private async Task<Conversation?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await silos.AskAsync(cancellation => grains.Conversation(id).GetAsync(cancellation), cancellationToken);
        }
        catch (StorageDamagedException)
        {
            return null;
        }
    }
}

/// <summary>Why a reply is worth a judgement, the strongest reason first.</summary>
internal enum QueueReason
{
    Disagreement,
    CorrectionWanted,
    Unrated,
}

/// <summary>A reply that waits for judgements.</summary>
internal sealed record QueuedReply(Turn Turn, int Liked, int Disliked, IReadOnlySet<string> Judges, QueueReason Why)
{
    public string CompletionId => Contracts.CompletionId.Of(Turn.ConversationId, Turn.Number);

    public static QueuedReply Of(Turn turn, Conversation conversation)
    {
        var id = Contracts.CompletionId.Of(turn.ConversationId, turn.Number);
        var said = (conversation.Feedback.IsDefault ? [] : conversation.Feedback).Where(receipt => receipt.CompletionId == id && receipt.Kind is not FeedbackKind.Signal).ToList();
        var likes = said.Select(Likes).OfType<bool>().ToList();
        var (liked, disliked) = (likes.Count(like => like), likes.Count(like => !like));
        var corrected = said.Exists(receipt => receipt.Kind == FeedbackKind.Correction);
        return new QueuedReply(
            turn, liked, disliked, said.Select(receipt => receipt.Rater).ToHashSet(),
            liked > 0 && disliked > 0 ? QueueReason.Disagreement : disliked > 0 && !corrected ? QueueReason.CorrectionWanted : QueueReason.Unrated);
    }

    private static bool? Likes(FeedbackReceipt receipt) => receipt.Kind switch
    {
        FeedbackKind.Thumbs => receipt.Up,
        FeedbackKind.Accepted => receipt.Content?.Positive,
        FeedbackKind.Rating when receipt.Content?.Stars is { } stars and not 3 => stars > 3,
        FeedbackKind.Report => false,
        _ => null,
    };
}
