using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Grains.Feedback;

/// <summary>A thumb that was pressed elsewhere, on a reply that this server never gave.</summary>
/// <param name="Id">The idempotency key.</param>
/// <param name="Group">Thumbs of one group are never split between training and held-out data.</param>
/// <param name="Messages">The dialogue up to the reply.</param>
/// <param name="Completion">The reply.</param>
/// <param name="Up">Up or down.</param>
/// <param name="Rater">Who pressed it.</param>
public sealed record ImportedThumb(string Id, string Group, ImmutableArray<ChatMessage> Messages, string Completion, bool Up, string Rater);
