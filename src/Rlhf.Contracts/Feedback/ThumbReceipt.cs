using Orleans;

namespace Rlhf.Contracts;

/// <summary>Says that a thumb is durable.</summary>
/// <param name="EventId">The event in the ledger.</param>
/// <param name="CompletionId">The reply it is for.</param>
/// <param name="Rater">Who pressed it.</param>
/// <param name="Up">Up or down; null when it was taken back.</param>
/// <param name="Version">The version that wrote the reply.</param>
/// <param name="RecordedAt">When it was recorded.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ThumbReceipt")]
public sealed record ThumbReceipt(
    string EventId,
    string CompletionId,
    string Rater,
    bool? Up,
    string Version,
    DateTimeOffset RecordedAt);
