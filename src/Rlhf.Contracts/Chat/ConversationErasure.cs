using Orleans;

namespace Rlhf.Contracts;

/// <summary>Asks a conversation to erase itself.</summary>
/// <param name="Reason">Why, as in <see cref="Erasure.Reason"/>.</param>
/// <param name="Client">Whose it has to be; null where that doesn't matter.</param>
/// <param name="Owner">The user who has to have opened it; null where that doesn't matter.</param>
/// <param name="QuietSince">Only where nothing was said in it from then on; null whenever that was.</param>
/// <param name="KeepFeedback">Whether feedback on it stays: then the conversation goes on being its owner's, so that the feedback can be erased later.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ConversationErasure")]
public sealed record ConversationErasure(string Reason, string? Client = null, string? Owner = null, DateTimeOffset? QuietSince = null, bool KeepFeedback = false);

/// <summary>What was erased.</summary>
/// <param name="Turns">Turns.</param>
/// <param name="Feedback">Events of the feedback ledger.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ErasedCounts")]
public sealed record ErasedCounts(int Turns, int Feedback);
