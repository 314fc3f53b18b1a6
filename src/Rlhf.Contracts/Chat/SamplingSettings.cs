using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>How a reply is drawn from the policy.</summary>
/// <param name="Temperature">What the logits are divided by; 0 takes the likeliest token every time.</param>
/// <param name="TopP">Draw from the likeliest tokens that together have this probability; 1 draws from all, 0 takes the likeliest.</param>
/// <param name="TopK">Draw from this many likeliest tokens; 0 draws from all.</param>
/// <param name="Seed">The same seed gives the same reply; null draws a fresh one.</param>
/// <param name="MaxTokens">The most tokens a reply may have.</param>
/// <param name="Stop">Texts that end the reply where they would appear; they are not part of it.</param>
/// <param name="LogitBias">What is added to the logits of tokens, by their ids; null for nothing.</param>
/// <param name="FrequencyPenalty">What a token's logit loses for each time that the token is in the reply already.</param>
/// <param name="PresencePenalty">What a token's logit loses once the token is in the reply.</param>
/// <param name="TopLogProbs">How many of the likeliest tokens are told beside each that is drawn.</param>
/// <param name="Format">What the reply has to be: a JSON schema's text, or <c>json_object</c> for any object; null for any text.</param>
/// <param name="Tools">How the reply may call the tools that its dialogue begins with; null where it calls none.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SamplingSettings")]
public sealed record SamplingSettings(
    double Temperature,
    double TopP,
    int TopK,
    long? Seed,
    int MaxTokens,
    ImmutableArray<string> Stop,
    ImmutableDictionary<int, double>? LogitBias = null,
    double FrequencyPenalty = 0,
    double PresencePenalty = 0,
    int TopLogProbs = 0,
    string? Format = null,
    ToolSettings? Tools = null)
{
    /// <summary>Whether tokens are drawn from another distribution than the policy's: then nothing may be learned from their log-probabilities.
    /// Where a reply may call tools and need not, they are drawn from it until a call begins.</summary>
    public bool ChangesPolicy => Format is not null || Tools is { Required: true } || FrequencyPenalty != 0 || PresencePenalty != 0 || LogitBias?.Values.Any(bias => bias != 0) is true;
}
