using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Grains.Serving;

/// <summary>What a decode step added to a reply, or several where the reader was slower than they were.</summary>
/// <param name="Text">The text that became certain; held back while it may be part of a stop text or of a character.</param>
/// <param name="Said">What of the text is no call of a tool.</param>
/// <param name="Tokens">The tokens drawn.</param>
/// <param name="PromptTokens">How many tokens the prompt took after it was cut to fit.</param>
/// <param name="FinishReason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> or <c>content_filter</c> in the last piece, otherwise null.</param>
/// <param name="ChosenFrom">Set where the reply is the best of several: it comes in one piece then.</param>
/// <param name="CachedTokens">How many of the prompt's tokens were known from before and cost nothing; null where the reply is the best of several.</param>
/// <param name="ToolCalls">What it adds to calls of tools; null for nothing.</param>
internal sealed record DecodedPiece(
    string Text,
    string Said,
    ImmutableArray<SampledToken> Tokens,
    int PromptTokens,
    string? FinishReason,
    Candidates? ChosenFrom = null,
    int? CachedTokens = null,
    ImmutableArray<ToolCallDelta>? ToolCalls = null)
{
    /// <summary>What refused the request or cut the reply; null where nothing did.</summary>
    public string? Filtered { get; init; }
}
