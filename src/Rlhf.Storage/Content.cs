using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rlhf.Contracts;

namespace Rlhf.Storage;

/// <summary>The stored form of events and turns: JSON that an operator can read.</summary>
internal static class Content
{
    private static readonly ContentContext Json = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,

        // Nothing stored is ever put into a web page as it is, and text is stored as it was written.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,

        // A log-probability may be -infinity.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter<FeedbackKind>(JsonNamingPolicy.SnakeCaseLower) },
    });

    public static byte[] Of(FeedbackEvent feedback) =>
        JsonSerializer.SerializeToUtf8Bytes(WithoutUnset(feedback), Json.FeedbackEvent);

    public static byte[] Of(Turn turn) => JsonSerializer.SerializeToUtf8Bytes(WithoutUnset(turn), Json.Turn);

    public static FeedbackEvent Feedback(ReadOnlySpan<byte> content) =>
        WithoutUnset(JsonSerializer.Deserialize(content, Json.FeedbackEvent)!);

    public static Turn Turn(ReadOnlySpan<byte> content) => WithoutUnset(JsonSerializer.Deserialize(content, Json.Turn) ?? throw new JsonException("null is no turn."));

    // An array that was never set can't be enumerated; a caller that left one out, or content that was stored before
    // the array existed, means an empty one.
    private static FeedbackEvent WithoutUnset(FeedbackEvent e) =>
        e.Tags.IsDefault || e.Messages.IsDefault || e.Tokens.IsDefault || e.LogProbs.IsDefault
            ? e with { Tags = Set(e.Tags), Messages = Set(e.Messages), Tokens = Set(e.Tokens), LogProbs = Set(e.LogProbs) }
            : e;

    private static Turn WithoutUnset(Turn t) =>
        t.Messages.IsDefault || t.Tokens.IsDefault || t.LogProbs.IsDefault
            ? t with { Messages = Set(t.Messages), Tokens = Set(t.Tokens), LogProbs = Set(t.LogProbs) }
            : t;

    private static ImmutableArray<T> Set<T>(ImmutableArray<T> array) => array.IsDefault ? [] : array;
}

/// <summary>The generated serializers.</summary>
[JsonSerializable(typeof(FeedbackEvent))]
[JsonSerializable(typeof(Turn))]
internal sealed partial class ContentContext : JsonSerializerContext;
