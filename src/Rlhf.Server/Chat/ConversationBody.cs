using System.Collections.Immutable;
using System.Text.Json.Serialization;
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

/// <summary>A stored reply, what it answered, and its thumbs; the version of the model's system prompt among that, the reply it went on from, and what moderation refused it for,
/// where there is such a thing.</summary>
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
    IReadOnlyList<ThumbBody> Thumbs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SystemPromptVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Parent,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FilteredBy)
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
            [.. thumbs.Where(thumb => thumb.CompletionId == id).Select(thumb => new ThumbBody(thumb.EventId, thumb.Rater, thumb.Up is true ? "up" : "down", thumb.RecordedAt))],
            turn.SystemPrompt,
            turn.Parent is > 0 and var parent ? Contracts.CompletionId.Of(turn.ConversationId, parent) : null,
            turn.Filtered);
    }
}

/// <summary>A thumb on a reply.</summary>
internal sealed record ThumbBody(string Id, string Rater, string Thumbs, DateTimeOffset RecordedAt);
