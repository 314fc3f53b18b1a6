using System.Text.Json;
using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>What every ledger files an event under.</summary>
internal static class EventFields
{
    public static string Id(IReadOnlyList<FeedbackEvent> batch, int index) =>
        batch[index].Id is { Length: > 0 } id
            ? id
            : throw new ArgumentException($"Event {index} of {batch.Count} has no id. An event's id is its idempotency key.", nameof(batch));

    public static string? Conversation(FeedbackEvent feedback) =>
        CompletionId.TryParse(feedback.CompletionId, out var conversation, out _) ? conversation : null;

    /// <summary>What an erasure leaves of an entry; null where there is nothing to erase. One that can't be read leaves nothing that counts.</summary>
    public static LedgerEntry? Left(long sequence, byte[] content)
    {
        try
        {
            var stored = Content.Feedback(content);
            return stored.IsFeedback ? new LedgerEntry(sequence, stored.Erased(sequence)) : null;
        }
        catch (JsonException)
        {
            return new LedgerEntry(sequence, FeedbackEvent.Of(new Erasure("", [], 0, null), default).Erased(sequence));
        }
    }

    /// <summary>An entry; null for one that can't be read, which is set aside.</summary>
    public static LedgerEntry? Entry(long sequence, byte[] content, StorageDamage damage)
    {
        try
        {
            return new LedgerEntry(sequence, Content.Feedback(content));
        }
        catch (JsonException e)
        {
            damage.Report($"Entry {sequence} of the feedback ledger can't be read: {e.Message}");
            return null;
        }
    }
}
