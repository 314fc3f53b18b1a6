using Orleans;

namespace Rlhf.Contracts;

/// <summary>Says that a reply is one of several drafts of one answer, which a rater may compare.</summary>
/// <param name="Set">What the drafts of one request share.</param>
/// <param name="Index">The draft's place among them as the client is shown them, counted from 0.</param>
/// <param name="Blind">Whether they are of several versions, and whoever rates must not know which wrote which.</param>
[GenerateSerializer, Immutable, Alias("rlhf.Draft")]
public sealed record Draft(string Set, int Index, bool Blind);
