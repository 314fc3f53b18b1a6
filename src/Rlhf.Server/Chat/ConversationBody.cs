using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;
using Rlhf.Server.Feedback;

namespace Rlhf.Server.Chat;

/// <summary>A conversation as it is stored.</summary>
internal sealed record ConversationBody(string Id, string? Owner, IReadOnlyList<TurnBody> Turns)
{
    /// <summary>The conversation.</summary>
    /// <param name="conversation">It.</param>
    /// <param name="seesVersions">Whether the reader may know which version wrote which draft.</param>
    public static ConversationBody Of(Conversation conversation, bool seesVersions) => new(
        conversation.Id,
        conversation.Owner,
        [.. conversation.Turns.Select(turn => TurnBody.Of(turn, conversation.Thumbs, conversation.Feedback.IsDefault ? [] : conversation.Feedback, seesVersions))]);
}

/// <summary>A stored reply, what it answered, and what was said of it: everything in <c>feedback</c>, and the thumbs on it by themselves. Of drafts of several versions
/// <c>model_version</c> is for operators alone. Where there is such a thing: the
/// version of the model's system prompt, the reply it went on from, what moderation refused it for, the drafts it was one of, the tools it was shown, and the calls that it made, which
/// <c>reply</c> has as the model wrote them.</summary>
internal sealed record TurnBody(
    string CompletionId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ModelVersion,
    IReadOnlyList<StoredMessageBody> Messages,
    string Reply,
    string FinishReason,
    double Temperature,
    ImmutableArray<int> Tokens,
    ImmutableArray<float> LogProbs,
    DateTimeOffset At,
    IReadOnlyList<ThumbBody> Thumbs,
    IReadOnlyList<FeedbackBody> Feedback,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SystemPromptVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Parent,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FilteredBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Tools,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToolCall>? ToolCalls,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DraftBody? Draft)
{
    public static TurnBody Of(Turn turn, IEnumerable<ThumbReceipt> thumbs, IEnumerable<FeedbackReceipt> feedback, bool seesVersions)
    {
        var id = Contracts.CompletionId.Of(turn.ConversationId, turn.Number);
        return new TurnBody(
            id,
            turn.Draft is { Blind: true } && !seesVersions ? null : turn.Version,
            [.. turn.Messages.Where(message => message.Role != ChatMessage.Tools).Select(StoredMessageBody.Of)],
            turn.Reply,
            turn.FinishReason,
            turn.Temperature,
            turn.Tokens,
            turn.LogProbs,
            turn.At,
            [.. thumbs.Where(thumb => thumb.CompletionId == id).Select(thumb => new ThumbBody(thumb.EventId, thumb.Rater, thumb.Up is true ? "up" : "down", thumb.RecordedAt))],
            [.. feedback.Where(receipt => receipt.CompletionId == id).Select(receipt => FeedbackBody.Of(receipt, seesVersions))],
            turn.SystemPrompt,
            turn.Parent is > 0 and var parent ? Contracts.CompletionId.Of(turn.ConversationId, parent) : null,
            turn.Filtered,
            turn.Messages.FirstOrDefault(message => message.Role == ChatMessage.Tools) is { } tools ? JsonSerializer.Deserialize<JsonElement>(tools.Content) : null,
            StoredMessageBody.CallsOf(turn.Message),
            turn.Draft is { } draft ? new DraftBody(draft.Set, draft.Index) : null);
    }
}

/// <summary>Drafts of one answer share a set.</summary>
internal sealed record DraftBody(string Set, int Index);

/// <summary>A message that a stored reply answered.</summary>
internal sealed record StoredMessageBody(
    string Role,
    string Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToolCall>? ToolCalls,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ToolCallId)
{
    public static StoredMessageBody Of(ChatMessage message) => new(message.Role, message.Content, CallsOf(message), message.ToolCallId);

    public static IReadOnlyList<ToolCall>? CallsOf(ChatMessage? message) => message?.ToolCalls is { } calls ? Grains.Chat.ToolCalls.Read(calls) : null;
}

/// <summary>A thumb on a reply.</summary>
internal sealed record ThumbBody(string Id, string Rater, string Thumbs, DateTimeOffset RecordedAt);
