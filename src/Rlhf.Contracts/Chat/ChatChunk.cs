using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A piece of a reply as it is drawn. The last piece, and only that one, has a finish reason; when it
/// arrives, the turn is durable, unless it says otherwise.</summary>
/// <param name="CompletionId">What feedback on this reply names.</param>
/// <param name="Version">The version that draws this reply, the same in every piece.</param>
/// <param name="Text">The text that became certain with these tokens; may be empty inside a character of many bytes. Calls of tools are no part of it.</param>
/// <param name="Tokens">The tokens drawn, the end token among them.</param>
/// <param name="PromptTokens">How many tokens the prompt took after it was cut to fit.</param>
/// <param name="FinishReason"><c>stop</c>, <c>length</c>, <c>tool_calls</c> or <c>content_filter</c> in the last piece, otherwise null.</param>
/// <param name="ChosenFrom">Set where the reply is the best of several: it comes in one piece then.</param>
/// <param name="Unsaved">
/// In the last piece: the store doesn't answer, and the turn waits in its server's memory to be saved. Until then it can't
/// be rated, and the process's end would lose it.
/// </param>
/// <param name="CachedTokens">How many of the prompt's tokens were known from before and cost nothing; null where the reply is the best of several.</param>
/// <param name="Silo">In the first piece: the silo that draws this reply, as Orleans writes a silo's address.</param>
/// <param name="Parent">The turn that the reply goes on from, 0 at the conversation's beginning; null where the request brought the whole dialogue.</param>
/// <param name="SystemPrompt">The version of the model's system prompt that the reply was drawn under; null where it was none of those.</param>
/// <param name="ToolCalls">What it adds to calls of tools; null for nothing.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ChatChunk")]
public sealed record ChatChunk(
    string CompletionId,
    string Version,
    string Text,
    ImmutableArray<SampledToken> Tokens,
    int PromptTokens,
    string? FinishReason,
    Candidates? ChosenFrom = null,
    bool Unsaved = false,
    int? CachedTokens = null,
    string? Silo = null,
    int? Parent = null,
    int? SystemPrompt = null,
    ImmutableArray<ToolCallDelta>? ToolCalls = null);
