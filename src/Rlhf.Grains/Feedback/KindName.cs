using Rlhf.Contracts;

namespace Rlhf.Grains.Feedback;

/// <summary>The kinds of feedback as requests and messages name them.</summary>
public static class KindName
{
    /// <summary>The kinds that somebody can give on a reply, by name.</summary>
    public static IReadOnlyDictionary<string, FeedbackKind> All { get; } = new[]
    {
        FeedbackKind.Thumbs, FeedbackKind.Accepted, FeedbackKind.Rating, FeedbackKind.Labels, FeedbackKind.Correction, FeedbackKind.Report, FeedbackKind.Signal, FeedbackKind.Comment,
    }.ToDictionary(Of);

    /// <summary>The signals.</summary>
    public static IReadOnlyList<string> Signals { get; } = ["regenerated", "copied", "edited", "abandoned"];

    /// <summary>The name of a kind.</summary>
    public static string Of(FeedbackKind kind) => kind.ToString().ToLowerInvariant();
}
