using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>Who says something of a reply.</summary>
/// <param name="Rater">The rater's name.</param>
/// <param name="Client">Whose API key the request came with, as the server has verified it; null where no key is needed. Other clients' conversations are
/// unknown to it, and the rater is one of this client's.</param>
/// <param name="Annotator">Whether the rater may rate whoever's the conversation is, another client's too, in any rater's name.</param>
[GenerateSerializer, Immutable, Alias("rlhf.FeedbackAuthor")]
public sealed record FeedbackAuthor(string Rater, string? Client = null, bool Annotator = false);

/// <summary>What a rater says of a reply, or of a whole conversation.</summary>
/// <param name="EventId">The idempotency key: the same id is recorded once, however often it is sent.</param>
/// <param name="Number">The turn that it is for; null for the whole conversation.</param>
/// <param name="Author">Who says it.</param>
/// <param name="Kind">What it says; a retraction takes back what <see cref="FeedbackContent.Retracts"/> names.</param>
/// <param name="Up">The thumb; null for every other kind.</param>
/// <param name="Content">What the other kinds say; null for a thumb. What only the conversation knows is left to it.</param>
/// <param name="Comment">What the rater adds in words.</param>
/// <param name="Tags">What the rater files it under.</param>
/// <param name="Named">Whether the caller named the request, so that its id stands for its content, too: another content of that id is refused.</param>
/// <param name="AddsLabels">Whether its labels are added to those that the rater gave before; otherwise they take their place.</param>
[GenerateSerializer, Immutable, Alias("rlhf.FeedbackStatement")]
public sealed record FeedbackStatement(
    string EventId,
    int? Number,
    FeedbackAuthor Author,
    FeedbackKind Kind,
    bool? Up,
    FeedbackContent? Content,
    string? Comment,
    ImmutableArray<string> Tags,
    bool Named = false,
    bool AddsLabels = false);

/// <summary>A rater's order of replies to one prompt.</summary>
/// <param name="EventId">The idempotency key, as in <see cref="FeedbackStatement"/>.</param>
/// <param name="Ranking">The completions, best first; those of one element are tied.</param>
/// <param name="Retracts">Whether what the rater said of these replies is taken back; their order does not matter then.</param>
/// <param name="Author">Who says it.</param>
/// <param name="Comment">What the rater adds in words.</param>
/// <param name="Tags">What the rater files it under.</param>
/// <param name="Named">As in <see cref="FeedbackStatement"/>.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ComparisonStatement")]
public sealed record ComparisonStatement(
    string EventId,
    ImmutableArray<ImmutableArray<string>> Ranking,
    bool Retracts,
    FeedbackAuthor Author,
    string? Comment,
    ImmutableArray<string> Tags,
    bool Named = false)
{
    /// <summary>The completion that a comparison is recorded on: the same one in whatever order they are named.</summary>
    public static string OwnerOf(IEnumerable<string> completionIds) => completionIds.Order(StringComparer.Ordinal).First();
}

/// <summary>Says that feedback is durable.</summary>
/// <param name="EventId">The event in the ledger.</param>
/// <param name="CompletionId">The reply it is on; of a whole conversation the first one.</param>
/// <param name="Rater">Who gave it.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Up">The thumb on a reply.</param>
/// <param name="Content">What other kinds say, without the compared replies' texts.</param>
/// <param name="Comment">What the rater added in words.</param>
/// <param name="Tags">What the rater filed it under.</param>
/// <param name="Version">The version that wrote the reply.</param>
/// <param name="RecordedAt">When it was recorded.</param>
/// <param name="Draft">Set where the reply was one of several drafts.</param>
[GenerateSerializer, Immutable, Alias("rlhf.FeedbackReceipt")]
public sealed record FeedbackReceipt(
    string EventId,
    string CompletionId,
    string Rater,
    FeedbackKind Kind,
    bool? Up,
    FeedbackContent? Content,
    string? Comment,
    ImmutableArray<string> Tags,
    string Version,
    DateTimeOffset RecordedAt,
    Draft? Draft = null)
{
    /// <summary>The receipt of an event.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="live">The live version, which a receipt of a gold question names: a rater does not hear what it was.</param>
    public static FeedbackReceipt Of(FeedbackEvent recorded, string live = ModelCatalog.Base) => new(
        recorded.Id, recorded.CompletionId!, recorded.Rater, recorded.Kind, recorded.Up, recorded.Content?.WithoutTexts(), recorded.Comment, recorded.Tags,
        recorded.Version == GoldQuestion.Version ? live : recorded.Version, recorded.At, recorded.Draft);
}
