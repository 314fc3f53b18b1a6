using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A thumb for one reply of a conversation.</summary>
/// <param name="EventId">The idempotency key: the same id is recorded once, however often it is sent.</param>
/// <param name="Number">The turn that the thumb is for.</param>
/// <param name="Rater">Who presses it.</param>
/// <param name="Up">Up or down; null takes back what the rater said before.</param>
/// <param name="Comment">What the rater adds in words.</param>
/// <param name="Tags">What the rater files it under.</param>
/// <param name="Client">
/// Whose API key the request came with, as the server has verified it; null where no key is needed. Other clients' conversations are unknown
/// to it, and the rater is one of this client's.
/// </param>
/// <param name="Annotator">Whether it may be pressed whoever's the conversation is, another client's too, in any rater's name.</param>
/// <param name="Named">Whether the caller named the request, so that its id stands for its content, too: another content of that id is refused.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ThumbRequest")]
public sealed record ThumbRequest(
    string EventId,
    int Number,
    string Rater,
    bool? Up,
    string? Comment,
    ImmutableArray<string> Tags,
    string? Client = null,
    bool Annotator = false,
    bool Named = false);
