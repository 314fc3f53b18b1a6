namespace Rlhf.Cli.Client;

/// <summary>A thumb that somebody pressed elsewhere; or a preference, or a reply to imitate.</summary>
/// <param name="Id">The same thumb has the same id every time it is brought in.</param>
/// <param name="Group">Thumbs of one group are never split between training and held-out data.</param>
/// <param name="Messages">The conversation up to the reply; empty where the reply opened it.</param>
/// <param name="Completion">The reply.</param>
/// <param name="Thumbs"><c>up</c> or <c>down</c>; null for a preference and a reply to imitate.</param>
/// <param name="Kind">What the reply is: <c>text</c> or a tool <c>call</c>.</param>
/// <param name="Rater">Who pressed it.</param>
internal sealed record RecordedThumb(
    string Id,
    string? Group,
    IReadOnlyList<Message> Messages,
    string Completion,
    string? Thumbs,
    string? Kind = null,
    string? Rater = null)
{
    /// <summary>Of a preference: the reply that <see cref="Completion"/> is preferred to.</summary>
    public string? Rejected { get; init; }

    /// <summary>Whether <see cref="Completion"/> is to be imitated.</summary>
    public bool? Demonstration { get; init; }
}
