using System.Buffers.Text;
using System.Text.Json;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;

namespace Rlhf.Server.Feedback.Shapes;

/// <summary>What a score is found by again: its id says where it stands, so that nothing has to be kept for it.</summary>
/// <param name="CompletionId">The completion that it is on; null where it is the conversation.</param>
/// <param name="ConversationId">The conversation.</param>
/// <param name="Rater">Who gave it.</param>
/// <param name="Name">The score's name.</param>
/// <param name="Kind">The kind of feedback that it is.</param>
/// <param name="Part">Of labels the question, of signals the name.</param>
internal sealed record ScoreId(string? CompletionId, string ConversationId, string Rater, string Name, FeedbackKind Kind, string? Part)
{
    private const int Longest = 4096;

    /// <summary>The id of what was recorded.</summary>
    public static ScoreId Of(FeedbackReceipt receipt, string name, string? question)
    {
        Contracts.CompletionId.TryParse(receipt.CompletionId, out var conversation, out _);
        return new ScoreId(receipt.Content?.Share is null ? receipt.CompletionId : null, conversation!, receipt.Rater, name, receipt.Kind, receipt.Content?.Signal ?? question);
    }

    /// <summary>Reads an id; null for what is none.</summary>
    public static ScoreId? Read(string text)
    {
        try
        {
            return text.Length <= Longest && JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text)) is [var completion, { } conversation, { } rater, { } name, { } kind, var part]
                && KindName.All.TryGetValue(kind, out var known) && Names.AreGood(rater)
                ? new ScoreId(completion, conversation, rater, name, known, part)
                : null;
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a piece of feedback is this one.</summary>
    public bool IsOf(FeedbackReceipt receipt) =>
        receipt.Rater == Rater && receipt.Kind == Kind && (CompletionId is null ? receipt.Content?.Share is not null : receipt.CompletionId == CompletionId && receipt.Content?.Share is null)
        && (Kind != FeedbackKind.Signal || receipt.Content?.Signal == Part)
        && (Kind != FeedbackKind.Labels || receipt.Content?.Labels?.Any(label => label.Question == Part) is true);

    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes((string?[])[CompletionId, ConversationId, Rater, Name, KindName.Of(Kind), Part]));
}
