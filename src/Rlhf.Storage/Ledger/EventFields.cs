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

    public static LedgerEntry Entry(long sequence, byte[] content)
    {
        try
        {
            return new LedgerEntry(sequence, Content.Feedback(content));
        }
        catch (JsonException e)
        {
            throw new StorageException($"Entry {sequence} of the feedback ledger can't be read: {e.Message}", e);
        }
    }
}
