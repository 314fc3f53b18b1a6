using Rlhf.WebConsole.Chat;

namespace Rlhf.WebConsole.Feedback;

/// <summary>Feedback, newest first.</summary>
internal sealed record FeedbackList(IReadOnlyList<FeedbackEntry> Data, long? NextBefore);

/// <summary>A piece of feedback with the reply that it is on, and what that answered.</summary>
internal sealed record FeedbackEntry(long Sequence, string? Client, StoredFeedback Said, IReadOnlyList<ChatMessage> Messages, string Reply)
{
    /// <summary>What was answered.</summary>
    public string Prompt => Messages.Count == 0 ? "" : Messages[^1].Content ?? "";

    /// <summary>The conversation, where the reply was given here.</summary>
    public string? Conversation => Said.CompletionId is { } id && id.StartsWith("chatcmpl-", StringComparison.Ordinal) && id.LastIndexOf('-') is > 9 and var end ? id[9..end] : null;

    /// <summary>The statement in a few words.</summary>
    public string Summary => Said.Kind switch
    {
        "thumbs" => Said.Thumbs is { } thumb ? $"thumbs {thumb}" : "thumbs on the conversation",
        "rating" => $"{Said.Rating} of 5 stars",
        "accepted" => Said.Accepted is true ? "accepted" : "turned down",
        "retraction" => $"took {Said.Retracts} back",
        "comparison" => "a comparison",
        "signal" when Said.Signal is { } signal => signal.GetProperty("name").GetString()!,
        _ => $"a {Said.Kind}",
    };

    /// <summary>The words that were said beside it.</summary>
    public string? Words => string.Join(" · ", ((string?[])[Said.Report, Said.Comment, .. Said.Tags ?? []]).Where(text => !string.IsNullOrEmpty(text)));
}
