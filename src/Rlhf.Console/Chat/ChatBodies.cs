using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rlhf.WebConsole.Chat;

internal sealed record ModelList(IReadOnlyList<ModelItem> Data);

internal sealed record ModelItem(string Id);

internal sealed record ChatMessage(string Role, string? Content);

/// <summary>A chat as it is asked for.</summary>
internal sealed record ChatAsk(string Model, IReadOnlyList<ChatMessage> Messages, string User)
{
    public bool Stream { get; init; } = true;

    public int? N { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    public int? MaxTokens { get; init; }

    public bool? Logprobs { get; init; }

    public Dictionary<string, string>? Metadata { get; init; }
}

internal sealed record ChatPiece(string Id, string ConversationId, string ModelVersion, IReadOnlyList<ChoicePiece> Choices);

internal sealed record ChoicePiece(int Index, DeltaPiece Delta, [property: JsonPropertyName("logprobs")] LogProbsPiece? LogProbs, string? FinishReason, string CompletionId);

internal sealed record DeltaPiece(string? Content);

internal sealed record LogProbsPiece(IReadOnlyList<TokenPiece> Content);

/// <summary>A drawn token and the logarithm of its probability.</summary>
internal sealed record TokenPiece(string Token, [property: JsonPropertyName("logprob")] double LogProb);

internal sealed record ConversationList(IReadOnlyList<ConversationItem> Data, bool HasMore);

internal sealed record ConversationItem(string Id, long CreatedAt);

internal sealed record StoredConversation(string Id, string? Owner, IReadOnlyList<StoredTurn> Turns);

internal sealed record StoredTurn(
    string CompletionId, string ModelVersion, IReadOnlyList<ChatMessage> Messages, string Reply, string FinishReason, DateTimeOffset At, IReadOnlyList<StoredFeedback> Feedback);

internal sealed record StoredFeedback(
    string Id, string? CompletionId, string? Thumbs, string Rater, string Version, DateTimeOffset RecordedAt, string Kind, int? Rating, string? Correction, string? Report, string? Comment,
    IReadOnlyList<string>? Tags, JsonElement? Labels, JsonElement? Signal, IReadOnlyList<IReadOnlyList<string>>? Ranking, bool? Accepted, string? Retracts, string? ConversationId);
