using Orleans;

namespace Rlhf.Contracts;

/// <summary>How far a webhook endpoint is.</summary>
/// <param name="Feedback">With the feedback ledger.</param>
/// <param name="Learner">With the learner's outcomes.</param>
[GenerateSerializer, Immutable, Alias("rlhf.WebhookStatus")]
public sealed record WebhookStatus(WebhookProgress Feedback, WebhookProgress Learner);

/// <summary>How far a webhook endpoint is with one of its sources.</summary>
/// <param name="Cursor">The last of the source's entries that it took, or that was not for it.</param>
/// <param name="Lag">How many entries come after that; null where the source does not answer.</param>
/// <param name="Delivered">Events that it took since its first one.</param>
/// <param name="Failures">Attempts that failed since the last one that did not.</param>
/// <param name="LastError">Why the last of them failed; null where it goes well.</param>
/// <param name="RetryAt">When the next attempt is made; null where it goes well.</param>
[GenerateSerializer, Immutable, Alias("rlhf.WebhookProgress")]
public sealed record WebhookProgress(long Cursor, long? Lag, long Delivered, int Failures, string? LastError, DateTimeOffset? RetryAt);
