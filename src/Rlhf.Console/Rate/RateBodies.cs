using Rlhf.WebConsole.Chat;

namespace Rlhf.WebConsole.Rate;

/// <summary>What waits for a rater.</summary>
internal sealed record Queue(IReadOnlyList<QueueItem> Data, int Waiting);

/// <summary>A reply that waits for judgements.</summary>
internal sealed record QueueItem(string CompletionId, string Reason, IReadOnlyList<ChatMessage> Messages, string Reply, int Liked, int Disliked)
{
    /// <summary>Why it is asked about.</summary>
    public string Why => Reason switch
    {
        "disagreement" => "Raters disagree on this reply.",
        "correction_wanted" => "Somebody disliked this reply, and nobody has corrected it.",
        _ => "Few have judged this reply.",
    };
}

/// <summary>What was done with a reply, so that it can be undone.</summary>
internal sealed record Judged(QueueItem Item, string Kind, bool? Up);
