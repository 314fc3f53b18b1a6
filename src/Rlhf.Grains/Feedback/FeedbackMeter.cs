using System.Diagnostics;
using System.Diagnostics.Metrics;
using Rlhf.Contracts;

namespace Rlhf.Grains.Feedback;

/// <summary>Counts the feedback that became durable, by what it says and by the version it is on; never by who gave it or where.</summary>
internal static class FeedbackMeter
{
    private static readonly Meter Meter = new("Rlhf.Feedback");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("rlhf.feedback", "{event}", "Feedback events that the ledger took.");

    /// <summary>Counts an event that is new to the ledger.</summary>
    public static void Recorded(FeedbackEvent recorded)
    {
        var tags = new TagList { { "rlhf.kind", KindName.Of(recorded.Kind) } };
        if (recorded.Subject == FeedbackKind.Thumbs)
        {
            tags.Add("rlhf.thumbs", (recorded.Up ?? (recorded.Kind == FeedbackKind.Retraction ? null : recorded.Content?.Positive)) switch { true => "up", false => "down", null => "retracted" });
        }

        if (recorded.CompletionId is not null)
        {
            tags.Add("rlhf.version", recorded.Version); // what was imported has none
        }

        Events.Add(1, tags);
    }
}
