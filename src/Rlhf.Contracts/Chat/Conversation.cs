using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A conversation as it is stored.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Owner">The user who opened it, or null when it was opened without one.</param>
/// <param name="Turns">Its finished replies, oldest first.</param>
/// <param name="Thumbs">The thumb that each rater has on each reply now.</param>
/// <param name="Client">Whose API key opened it, or null when it was opened without one.</param>
/// <param name="Feedback">All that raters say of its replies now, thumbs among it.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Conversation")]
public sealed record Conversation(
    string Id,
    string? Owner,
    ImmutableArray<Turn> Turns,
    ImmutableArray<ThumbReceipt> Thumbs,
    string? Client = null,
    ImmutableArray<FeedbackReceipt> Feedback = default);
