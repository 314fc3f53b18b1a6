namespace Rlhf.Inference;

/// <summary>Why a reply ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, a stop string appeared, or what it is held to is complete.</summary>
    Stop,

    /// <summary>It reached its limit of tokens, or the end of the context.</summary>
    Length,
}

/// <summary>One token of a reply.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProb">
/// Its natural log-probability under softmax(logits / temperature) over the whole vocabulary, before top-p and top-k; at temperature 0 under softmax(logits).
/// Biases and penalties are in the logits. Of a reply that is held to a format, over those tokens of the vocabulary that may come.
/// </param>
/// <param name="Finish">Set on the last token.</param>
/// <param name="Likeliest">The likeliest tokens of the same distribution, the likeliest first; null where <see cref="SamplingOptions.TopLogProbs"/> is 0.</param>
public readonly record struct DecodedToken(int Id, float LogProb, FinishReason? Finish, IReadOnlyList<LikelyToken>? Likeliest = null);

/// <summary>A token that might have been drawn.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProb">Its log-probability, as in <see cref="DecodedToken"/>.</param>
public readonly record struct LikelyToken(int Id, float LogProb);

/// <summary>Tokens of a reply that come together.</summary>
/// <param name="Tokens">Those drawn since the last ones: one for a reader who keeps up.</param>
/// <param name="CachedTokens">How many tokens of the prompt were known and did not have to be computed.</param>
public sealed record DecodedTokens(IReadOnlyList<DecodedToken> Tokens, int CachedTokens);

/// <summary>A whole reply.</summary>
/// <param name="Tokens">Its tokens, the end token included where the model drew it.</param>
/// <param name="LogProbs">The log-probability of each, as in <see cref="DecodedToken"/>.</param>
/// <param name="Finish">Why it ended.</param>
/// <param name="Likeliest">The likeliest tokens in each one's place, as in <see cref="DecodedToken"/>; null where none were asked for.</param>
public sealed record Generation(int[] Tokens, float[] LogProbs, FinishReason Finish, IReadOnlyList<LikelyToken>[]? Likeliest = null);
