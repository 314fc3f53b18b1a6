using System.Globalization;
using Rlhf.Contracts;
using Rlhf.Storage;

namespace Rlhf.Grains.Webhooks;

/// <summary>Something that endpoints are told of.</summary>
/// <param name="Id">The same each time it is sent.</param>
/// <param name="Type">One of <see cref="Types"/>.</param>
/// <param name="At">When it happened.</param>
/// <param name="Order">Events of one order are sent one after the other: the conversation.</param>
/// <param name="Feedback">The entry of the ledger; null for the learner's.</param>
/// <param name="Outcome">How a training ended; null for feedback.</param>
public sealed record WebhookEvent(string Id, string Type, DateTimeOffset At, string Order, LedgerEntry? Feedback = null, LearnerOutcome? Outcome = null)
{
    private const string Created = "feedback.created";
    private const string Deleted = "feedback.deleted";
    private const string Erased = "feedback.erased";
    private const string Trained = "learner.trained";

    /// <summary>What there is to be told of.</summary>
    public static IReadOnlyList<string> Types { get; } = [Created, Deleted, Erased, Trained, "learner.published", "learner.rejected", "learner.failed", "learner.cancelled"];

    /// <summary>What an entry of the ledger says; null for the rest of an entry that was erased, and for the entries that belong to another one's statement.</summary>
    public static WebhookEvent? Of(LedgerEntry entry)
    {
        var said = entry.Event;
        return said.Kind switch
        {
            FeedbackKind.Erased => null,
            FeedbackKind.Erasure => Event(Erased),
            _ when said.Content?.PartOf is not null || IsFurther(said) => null,
            FeedbackKind.Retraction => Event(Deleted),
            _ => Event(Created),
        };

        WebhookEvent Event(string type) => new($"feedback_{entry.Sequence.ToString(CultureInfo.InvariantCulture)}", type, said.At, said.Group, Feedback: entry);
    }

    /// <summary>What the end of a job says: that it trained, where it did, and what became of it.</summary>
    public static IEnumerable<WebhookEvent> Of(LearnerOutcome outcome)
    {
        if (outcome.Outcome is "published" or "rejected")
        {
            yield return Event(Trained);
        }

        yield return Event($"learner.{outcome.Outcome}");

        WebhookEvent Event(string type) => new(
            $"learner_{outcome.Number.ToString(CultureInfo.InvariantCulture)}_{type["learner.".Length..]}", type, outcome.At, Order: "learner", Outcome: outcome);
    }

    /// <summary>A statement on a whole conversation has an event for each reply, of which the first is told: the others' ids end with a number.</summary>
    private static bool IsFurther(FeedbackEvent said) =>
        said.Content?.Share is not null && said.Id.LastIndexOf('/') is > 0 and var slash && int.TryParse(said.Id.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
