using System.Text.Json.Serialization;
using Rlhf.Contracts;
using Rlhf.Grains.Feedback;
using Rlhf.Server.Errors;

namespace Rlhf.Server.Feedback;

/// <summary>A piece of feedback as it is recorded. Of the values only that of its kind is there; <c>thumbs</c> is null where it was taken back, and
/// <c>completion_id</c> where the feedback was imported; <c>version</c> is not there where the reply is a draft of several versions and the reader no operator.</summary>
internal sealed record FeedbackBody(string Id, string? CompletionId, string? Thumbs, string Rater, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Version, DateTimeOffset RecordedAt, string Kind)
{
    /// <summary>The whole conversation, where that is what the feedback is on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ConversationId { get; init; }

    /// <summary>The kind that was taken back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Retracts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Accepted { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Rating { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Correction { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Report { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SignalBody? Signal { get; init; }

    /// <summary>The compared completions, best first; those of one element are tied.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<IReadOnlyList<string>>? Ranking { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Comment { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>What was recorded.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="seesVersions">Whether the reader may know which version wrote which draft.</param>
    public static FeedbackBody Of(FeedbackReceipt receipt, bool seesVersions)
    {
        var (kind, content) = (receipt.Kind, receipt.Content);
        var retraction = kind == FeedbackKind.Retraction;
        var up = receipt.Up ?? (kind == FeedbackKind.Thumbs ? content?.Positive : null);
        return new FeedbackBody(
            receipt.EventId, receipt.CompletionId, up switch { true => "up", false => "down", null => null }, receipt.Rater, receipt.Draft is { Blind: true } && !seesVersions ? null : receipt.Version, receipt.RecordedAt, KindName.Of(kind))
        {
            ConversationId = content?.Share is not null && Contracts.CompletionId.TryParse(receipt.CompletionId, out var conversation, out _) ? conversation : null,
            Retracts = retraction ? KindName.Of(content?.Retracts ?? FeedbackKind.Thumbs) : null,
            Accepted = kind == FeedbackKind.Accepted ? content?.Positive : null,
            Rating = content?.Stars,
            Labels = content?.Labels?.ToDictionary(label => label.Question, label => label.Answer),
            Correction = kind == FeedbackKind.Correction ? content?.Text : null,
            Report = kind == FeedbackKind.Report ? content?.Text : null,
            Signal = content?.Signal is { } signal ? new SignalBody(signal, content.Distance) : null,
            Ranking = kind == FeedbackKind.Comparison && content?.Others is { } others ? RankingOf(receipt.CompletionId, content.Rank ?? 0, others) : null,
            Comment = receipt.Comment,
            Tags = receipt.Tags is { IsDefaultOrEmpty: false } tags ? tags : null,
        };
    }

    private static IReadOnlyList<IReadOnlyList<string>> RankingOf(string completion, int rank, IEnumerable<ComparedReply> others) =>
    [
        .. others.Select(other => (other.CompletionId, other.Rank)).Append((CompletionId: completion, Rank: rank))
            .GroupBy(reply => reply.Rank, reply => reply.CompletionId).OrderBy(place => place.Key).Select(place => (IReadOnlyList<string>)[.. place.Order(StringComparer.Ordinal)]),
    ];
}

/// <summary>What somebody did with a reply.</summary>
internal sealed record SignalBody(string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Distance);

/// <summary>What became of each piece of a batch, in the batch's order: a <see cref="FeedbackBody"/>, or an <see cref="OpenAiErrorBody"/> where nothing was recorded.</summary>
internal sealed record FeedbackBatchBody(IReadOnlyList<object> Results);

/// <summary>What became of an import.</summary>
internal sealed record ImportBody(int Imported, int Duplicates, IReadOnlyList<RejectedItem> Rejected);
