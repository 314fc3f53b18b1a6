using Orleans;

namespace Rlhf.Contracts;

/// <summary>A token that was drawn.</summary>
/// <param name="Id">Its place in the vocabulary.</param>
/// <param name="Text">What it says by itself.</param>
/// <param name="LogProb">Its log-probability in nats under the policy at the sampling temperature, before top-p and top-k; of a reply that is held to a format, among the tokens that fit it.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SampledToken")]
public sealed record SampledToken(int Id, string Text, float LogProb);
