using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>Replies to one dialogue, to be scored by a version's reward model.</summary>
/// <param name="Version">The version.</param>
/// <param name="Messages">What the replies answer, oldest first.</param>
/// <param name="Replies">The replies, at least one.</param>
/// <param name="Conservative">How the scores of the model's heads become one.</param>
/// <param name="Uncertainty">λ: how much the heads' disagreement takes from the score.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ScoringRequest")]
public sealed record ScoringRequest(
    string Version, ImmutableArray<ChatMessage> Messages, ImmutableArray<string> Replies, ConservativeScore Conservative, double Uncertainty);
