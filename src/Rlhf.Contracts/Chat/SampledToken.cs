using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A token that was drawn.</summary>
/// <param name="Id">Its place in the vocabulary.</param>
/// <param name="Text">What it says by itself.</param>
/// <param name="LogProb">Its log-probability in nats under the policy at the sampling temperature, before top-p and top-k; where the request changes the
/// policy (<see cref="SamplingSettings.ChangesPolicy"/>), under what it makes of it.</param>
/// <param name="Likeliest">The likeliest tokens of the same distribution, the likeliest first; null where none were asked for.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SampledToken")]
public sealed record SampledToken(int Id, string Text, float LogProb, ImmutableArray<LikelyToken>? Likeliest = null);

/// <summary>A token that might have been drawn.</summary>
/// <param name="Id">Its place in the vocabulary.</param>
/// <param name="Text">What it says by itself.</param>
/// <param name="LogProb">Its log-probability in nats, as in <see cref="SampledToken"/>.</param>
[GenerateSerializer, Immutable, Alias("rlhf.LikelyToken")]
public sealed record LikelyToken(int Id, string Text, float LogProb);
