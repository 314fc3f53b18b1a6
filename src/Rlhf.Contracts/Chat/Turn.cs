using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>One reply of a model in a conversation, with everything that learning from it needs.</summary>
/// <param name="ConversationId">The conversation it belongs to.</param>
/// <param name="Number">Its place in the conversation, counted from 1.</param>
/// <param name="Version">The model version that wrote the reply.</param>
/// <param name="Messages">What the model was shown: every message up to the reply.</param>
/// <param name="Reply">What the model answered, as it drew it: calls of tools are in it in the form of the model's family.</param>
/// <param name="Tokens">The sampled tokens of the reply, the end token included where it was drawn.</param>
/// <param name="LogProbs">The log-probability of each of <paramref name="Tokens"/> when it was sampled; empty where the reply was the best
/// of several, held to a format, called tools, or was drawn with biases or penalties, which is another distribution than the policy's.</param>
/// <param name="Temperature">The temperature it was sampled at; 0 is greedy.</param>
/// <param name="FinishReason">Why the reply ended: <c>stop</c>, <c>length</c>, <c>tool_calls</c> or <c>content_filter</c>.</param>
/// <param name="At">When the reply was finished.</param>
/// <param name="RequestId">What the caller knew its request by; null where it did not say.</param>
/// <param name="Constrained">Whether it was held to a format: only tokens that fit it could be drawn.</param>
/// <param name="SystemPrompt">The version of the model's system prompt that is the first of <paramref name="Messages"/>; null where it is none of those.</param>
/// <param name="Filtered">What refused the request or cut the reply: a rule of moderation or a category of its service; null where nothing did.</param>
/// <param name="Parent">The turn whose reply the request went on from, 0 for the conversation's beginning; null where it brought the whole dialogue.</param>
/// <param name="Message">The reply as a message of the dialogue, where it calls tools: what it says, and the calls. Null where it only says its reply.</param>
/// <param name="Draft">Set where it was one of several drafts.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Turn")]
public sealed record Turn(
    string ConversationId,
    int Number,
    string Version,
    ImmutableArray<ChatMessage> Messages,
    string Reply,
    ImmutableArray<int> Tokens,
    ImmutableArray<float> LogProbs,
    double Temperature,
    string FinishReason,
    DateTimeOffset At,
    string? RequestId = null,
    bool Constrained = false,
    int? SystemPrompt = null,
    string? Filtered = null,
    int? Parent = null,
    ChatMessage? Message = null,
    Draft? Draft = null);
