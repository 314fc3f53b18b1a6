using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Rlhf.Contracts;
using Rlhf.Grains.Chat;

namespace Rlhf.Server.Chat;

/// <summary>A finished completion, in OpenAI's shape. <c>unsaved</c> is there, and true, while the store doesn't answer:
/// the turn waits in memory; <c>system_prompt_version</c> where the reply was drawn under the model's system prompt; <c>model_version</c> but for drafts of several versions.</summary>
internal sealed record CompletionBody(
    string Id,
    string Object,
    long Created,
    string Model,
    IReadOnlyList<ChoiceBody> Choices,
    UsageBody Usage,
    string ConversationId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ModelVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SystemPromptVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Unsaved);

/// <summary>One reply of a completion. Each has an id of its own for feedback; the first one's is the completion's. Of drafts of several versions operators are told each one's.</summary>
internal sealed record ChoiceBody(
    int Index,
    MessageBody Message,
    [property: JsonPropertyName("logprobs")] LogProbsBody? LogProbs,
    string FinishReason,
    string CompletionId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ModelVersion = null);

/// <summary>The reply's text, null where it only calls tools, and the calls.</summary>
internal sealed record MessageBody(
    string Role,
    string? Content,
    string? Refusal = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToolCall>? ToolCalls = null)
{
    /// <summary>The message of a reply that says something and calls tools, or does either.</summary>
    public static MessageBody Of(string said, IReadOnlyList<ToolCall> calls) =>
        calls.Count == 0 ? new("assistant", said) : new("assistant", said.Length == 0 ? null : said, ToolCalls: calls);
}

/// <summary>Tokens of what was asked and of what was answered.</summary>
internal sealed record UsageBody(
    int PromptTokens,
    int CompletionTokens,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DrawnBody? CompletionTokensDetails,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PromptTokensBody? PromptTokensDetails)
{
    /// <summary>Both together.</summary>
    public int TotalTokens => PromptTokens + CompletionTokens;

    /// <summary>What a budget is charged: all that was drawn, the replies that were not chosen too.</summary>
    [JsonIgnore]
    public int ChargedTokens => PromptTokens + (CompletionTokensDetails?.DrawnTokens ?? CompletionTokens);
}

/// <summary>The part of the prompt's tokens that was known from before. Several choices read one prompt: the first one's is told.</summary>
internal sealed record PromptTokensBody(int CachedTokens);

/// <summary>What was drawn where the best of several replies was given. OpenAI's details have no word for that, so these are ours.</summary>
internal sealed record DrawnBody(int DrawnReplies, int DrawnTokens);

/// <summary>The drawn tokens' log-probabilities.</summary>
internal sealed record LogProbsBody(IReadOnlyList<TokenLogProbBody> Content, object? Refusal = null);

/// <summary>One drawn token's log-probability, and those of the likeliest in its place.</summary>
internal sealed record TokenLogProbBody(
    string Token,
    [property: JsonPropertyName("logprob")] float LogProb,
    IReadOnlyList<int> Bytes,
    [property: JsonPropertyName("top_logprobs")] IReadOnlyList<LikelyTokenBody> TopLogProbs);

/// <summary>The log-probability of a token that might have been drawn.</summary>
internal sealed record LikelyTokenBody(
    string Token,
    [property: JsonPropertyName("logprob")] float LogProb,
    IReadOnlyList<int> Bytes);

/// <summary>A piece of a streamed completion, in OpenAI's shape. <c>unsaved</c> comes with a finish reason.</summary>
internal sealed record ChunkBody(
    string Id,
    string Object,
    long Created,
    string Model,
    IReadOnlyList<ChunkChoiceBody> Choices,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] UsageBody? Usage,
    string ConversationId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ModelVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? SystemPromptVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Unsaved)
{
    /// <summary>Whether the usage is there even where it is null, as in every chunk of a stream that ends with it.</summary>
    [JsonIgnore]
    public bool NamesUsage { get; init; }

    /// <summary>Has the usage written where it is named.</summary>
    public static void WriteUsage(JsonTypeInfo type)
    {
        if (type.Type == typeof(ChunkBody))
        {
            type.Properties.Single(field => field.PropertyType == typeof(UsageBody)).ShouldSerialize = (chunk, usage) => usage is not null || ((ChunkBody)chunk).NamesUsage;
        }
    }
}

/// <summary>A piece of one reply.</summary>
internal sealed record ChunkChoiceBody(
    int Index,
    DeltaBody Delta,
    [property: JsonPropertyName("logprobs")] LogProbsBody? LogProbs,
    string? FinishReason,
    string CompletionId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ModelVersion = null);

/// <summary>What a piece adds to the message.</summary>
internal sealed record DeltaBody(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Role = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Content = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ToolCallDeltaBody>? ToolCalls = null)
{
    /// <summary>A piece of a call.</summary>
    public static DeltaBody Of(ToolCallDelta piece) => new(ToolCalls:
        [new ToolCallDeltaBody(piece.Index, piece.Id, piece.Id is null ? null : Grains.Chat.ToolCalls.OfFunction, new CalledFunctionDeltaBody(piece.Name, piece.Arguments))]);
}

/// <summary>What a piece adds to a call: its id and name first, then its arguments.</summary>
internal sealed record ToolCallDeltaBody(
    int Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Type,
    CalledFunctionDeltaBody Function);

/// <summary>What a piece adds to what a call calls.</summary>
internal sealed record CalledFunctionDeltaBody(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name,
    string Arguments);
