using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>One request for one reply.</summary>
/// <param name="Messages">The whole dialogue so far, oldest first, or with <paramref name="ServerHistory"/> what is new in it; the last one is to be answered.</param>
/// <param name="Sampling">How to draw the reply.</param>
/// <param name="Version">The version to answer with, or null to let the catalogue choose.</param>
/// <param name="User">Who asks; owns the conversation if this request opens it.</param>
/// <param name="Client">
/// Whose API key the request came with, as the server has verified it; the conversation becomes this client's if the
/// request opens it. Null where no key is needed: then every conversation may be continued.
/// </param>
/// <param name="BestOf">How many replies to draw and choose the best of, by the version's reward model; null leaves it to the configuration.</param>
/// <param name="RequestId">What the caller knows the request by, so that it can be sent again without being answered twice; null where it never is.</param>
/// <param name="Again">Whether it was sent before and no piece of the reply came: should that one be stored, it is the reply.</param>
/// <param name="Unstored">Whether the reply becomes no turn: nothing of it is kept but that its number was used, and it can't be rated.</param>
/// <param name="ServerHistory">Whether <paramref name="Messages"/> go on from what the conversation has stored.</param>
/// <param name="Parent">The turn whose reply they go on from, 0 for the conversation's beginning; null for the last one. Only with <paramref name="ServerHistory"/>.</param>
/// <param name="Draft">Set where the reply is one of several drafts; null where it is the only one.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ChatRequest")]
public sealed record ChatRequest(
    ImmutableArray<ChatMessage> Messages,
    SamplingSettings Sampling,
    string? Version,
    string? User,
    string? Client = null,
    int? BestOf = null,
    string? RequestId = null,
    bool Again = false,
    bool Unstored = false,
    bool ServerHistory = false,
    int? Parent = null,
    Draft? Draft = null);
