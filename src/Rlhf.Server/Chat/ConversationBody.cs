using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Server.Chat;

/// <summary>A conversation as it is stored.</summary>
internal sealed record ConversationBody(string Id, string? Owner, IReadOnlyList<TurnBody> Turns)
{
    public static ConversationBody Of(Conversation conversation) => new(
        conversation.Id,
        conversation.Owner,
        [.. conversation.Turns.Select(turn => TurnBody.Of(turn, conversation.Thumbs))]);
}

/// <summary>A stored reply, what it answered, and its thumbs.</summary>
internal sealed record TurnBody(
    string CompletionId,
    string ModelVersion,
    ImmutableArray<ChatMessage> Messages,
    string Reply,
    string FinishReason,
    double Temperature,
    ImmutableArray<int> Tokens,
    ImmutableArray<float> LogProbs,
    DateTimeOffset At,
    IReadOnlyList<ThumbBody> Thumbs)
{
    public static TurnBody Of(Turn turn, IEnumerable<ThumbReceipt> thumbs)
    {
        var id = Contracts.CompletionId.Of(turn.ConversationId, turn.Number);
        return new TurnBody(
            id,
            turn.Version,
            turn.Messages,
            turn.Reply,
            turn.FinishReason,
            turn.Temperature,
            turn.Tokens,
            turn.LogProbs,
            turn.At,
            [.. thumbs.Where(thumb => thumb.CompletionId == id).Select(thumb => new ThumbBody(thumb.EventId, thumb.Rater, thumb.Up is true ? "up" : "down", thumb.RecordedAt))]);
    }
}

/// <summary>A thumb on a reply.</summary>
internal sealed record ThumbBody(string Id, string Rater, string Thumbs, DateTimeOffset RecordedAt);
