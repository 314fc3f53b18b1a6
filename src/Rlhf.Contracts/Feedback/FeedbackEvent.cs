using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>
/// One entry of the feedback ledger. It carries the rated text and tokens itself: the learner needs no join, and
/// imported feedback has no turn to join with.
/// </summary>
/// <param name="Id">The idempotency key: an event is recorded once, however often it is sent.</param>
/// <param name="Kind">What it says.</param>
/// <param name="CompletionId">The rated completion; null for imported feedback.</param>
/// <param name="Rater">Who rated.</param>
/// <param name="Up">Whether the thumb on the reply is up; null where <paramref name="Kind"/> is another one, or the thumb is on the whole conversation.</param>
/// <param name="Comment">What the rater wrote beside it.</param>
/// <param name="Tags">The rater's labels.</param>
/// <param name="Version">The model version that wrote the reply; empty for imported feedback.</param>
/// <param name="Group">Events of one group are never split between training and held-out data.</param>
/// <param name="Messages">What the model was shown.</param>
/// <param name="Reply">What it answered: the text that is rated.</param>
/// <param name="Tokens">The reply as sampled tokens; empty for imported feedback.</param>
/// <param name="LogProbs">The log-probability of each of <paramref name="Tokens"/> when it was sampled; empty where that tells nothing, as of
/// imported replies, of the best of several, and of those drawn with biases or penalties.</param>
/// <param name="At">When the rater pressed.</param>
/// <param name="Replaces">
/// The thumb that the same rater had on the completion before, which counts no more; null where there was none. With
/// it thumbs are counted event by event.
/// </param>
/// <param name="Client">Whose API key it came with; null where none was needed. With <paramref name="Rater"/> it says who rated (<see cref="RaterId"/>).</param>
/// <param name="Erasure">What was erased; null but for an <see cref="FeedbackKind.Erasure"/>, all of whose other fields are empty.</param>
/// <param name="Filtered">What moderation refused the request or cut the reply for; null where it let both through.</param>
/// <param name="Content">What the other kinds say; null for thumbs on a reply and their retraction.</param>
/// <param name="Draft">Set where the reply was one of several drafts.</param>
[GenerateSerializer, Immutable, Alias("rlhf.FeedbackEvent")]
public sealed record FeedbackEvent(
    string Id,
    FeedbackKind Kind,
    string? CompletionId,
    string Rater,
    bool? Up,
    string? Comment,
    ImmutableArray<string> Tags,
    string Version,
    string Group,
    ImmutableArray<ChatMessage> Messages,
    string Reply,
    ImmutableArray<int> Tokens,
    ImmutableArray<float> LogProbs,
    DateTimeOffset At,
    bool? Replaces = null,
    string? Client = null,
    Erasure? Erasure = null,
    string? Filtered = null,
    FeedbackContent? Content = null,
    Draft? Draft = null)
{
    /// <summary>What the id of an erased event begins with; its sequence follows.</summary>
    public const string ErasedPrefix = "erased/";

    /// <summary>Whether it is what somebody said of a reply; an erasure is not, nor is what one has left.</summary>
    [JsonIgnore]
    public bool IsFeedback => Kind is not (FeedbackKind.Erased or FeedbackKind.Erasure);

    /// <summary>Whether it is a reply to imitate that was imported, and no correction of another one.</summary>
    [JsonIgnore]
    public bool IsDemonstration => Kind == FeedbackKind.Correction && CompletionId is null;

    /// <summary>The kind of what it says or takes back.</summary>
    [JsonIgnore]
    public FeedbackKind Subject => Kind == FeedbackKind.Retraction ? Content?.Retracts ?? FeedbackKind.Thumbs : Kind;

    /// <summary>Which of a rater's statements on the reply it is: a later event of the same name takes its place, or takes it back; others stand beside it.</summary>
    [JsonIgnore]
    public string Statement => FeedbackContent.StatementOf(Subject, CompletionId, Content);

    /// <summary>What an erasure leaves of the event, at its place in the ledger.</summary>
    public FeedbackEvent Erased(long sequence) => new(
        ErasedPrefix + sequence.ToString(CultureInfo.InvariantCulture), FeedbackKind.Erased, CompletionId: null, Rater: "", Up, Comment: null, Tags: [], Version,
        Group: "", Messages: [], Reply: "", Tokens: [], LogProbs: [], At: default, Replaces);

    /// <summary>The event that an erasure is.</summary>
    public static FeedbackEvent Of(Erasure erasure, DateTimeOffset at) => new(
        $"erasure/{Guid.CreateVersion7():N}", FeedbackKind.Erasure, CompletionId: null, Rater: "", Up: null, Comment: null, Tags: [], Version: "",
        Group: "", Messages: [], Reply: "", Tokens: [], LogProbs: [], at, Erasure: erasure);

    /// <summary>How many more statements stand after it than before: 1 for the first of its name by its rater, 0 where one takes the place of another, −1
    /// where one is taken back.</summary>
    [JsonIgnore]
    public int NetChange => Content?.Net ?? ((Up is null ? 0 : 1) - (Replaces is null ? 0 : 1));
}
