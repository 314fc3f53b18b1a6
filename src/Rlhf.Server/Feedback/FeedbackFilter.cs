using Microsoft.AspNetCore.Http;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Feedback;

/// <summary>Which events of the ledger are looked for: those that meet everything that is asked.</summary>
/// <param name="Kind">What they say; a comparison and what is taken back among it.</param>
/// <param name="Rater">Who said it.</param>
/// <param name="Client">Whose key it came with.</param>
/// <param name="Version">The version that wrote the reply.</param>
/// <param name="Conversation">The conversation that the reply is of.</param>
/// <param name="Text">A text within the prompt, the reply or what was said, whatever its case.</param>
internal sealed record FeedbackFilter(FeedbackKind? Kind, string? Rater, string? Client, string? Version, string? Conversation, string? Text)
{
    private const int LongestText = 1000;

    private static readonly Dictionary<string, FeedbackKind> Kinds = KindName.All
        .Concat([KeyValuePair.Create(KindName.Of(FeedbackKind.Comparison), FeedbackKind.Comparison), KeyValuePair.Create(KindName.Of(FeedbackKind.Retraction), FeedbackKind.Retraction)])
        .ToDictionary();

    /// <summary>The filter that a query asks for.</summary>
    /// <exception cref="RefusedException">There is no such kind, or the text is too long.</exception>
    public static FeedbackFilter Of(IQueryCollection query)
    {
        string? Asked(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
        var kind = Asked("kind");
        var text = Asked("text");
        return kind is not null && !Kinds.ContainsKey(kind) ? throw Refuse.Invalid($"'kind' must be one of {string.Join(", ", Kinds.Keys)}, not '{kind}'.", "kind")
            : text?.Length > LongestText ? throw Refuse.Invalid($"'text' has {text.Length:N0} characters; it may have {LongestText:N0}.", "text")
            : new FeedbackFilter(kind is null ? null : Kinds[kind], Asked("rater"), Asked("client"), Asked("version"), Asked("conversation_id"), text);
    }

    /// <summary>Whether an event is looked for. Of a comparison of several conversations that is the one that holds the texts.</summary>
    public bool Takes(FeedbackEvent feedback) =>
        feedback.IsFeedback && feedback.Content?.PartOf is null
        && (Kind is null || Kind == feedback.Kind)
        && (Rater is null || Rater == feedback.Rater)
        && (Client is null || Client == feedback.Client)
        && (Version is null || Version == feedback.Version)
        && (Conversation is null || CompletionId.TryParse(feedback.CompletionId, out var conversation, out _) && conversation == Conversation)
        && (Text is null || Texts(feedback).Any(text => text?.Contains(Text, StringComparison.OrdinalIgnoreCase) is true));

    private static IEnumerable<string?> Texts(FeedbackEvent feedback) =>
        [feedback.Reply, feedback.Comment, feedback.Content?.Text, .. feedback.Tags.IsDefault ? [] : feedback.Tags, .. feedback.Messages.Select(message => message.Content)];
}
