using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a reply was chosen from. The log-probabilities of a chosen reply's tokens are those of the policy, and so not of
/// the distribution that the reply came from: nothing may be learned from them as if it were.</summary>
/// <param name="Replies">Replies that were drawn, the chosen one among them.</param>
/// <param name="Tokens">Tokens of all of them.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Candidates")]
public sealed record Candidates(int Replies, int Tokens);
