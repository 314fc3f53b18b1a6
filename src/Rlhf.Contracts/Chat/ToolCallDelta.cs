using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a piece of a reply adds to one of its calls of tools.</summary>
/// <param name="Index">Which of the reply's calls.</param>
/// <param name="Id">The call's id, in its first piece and only there.</param>
/// <param name="Name">The tool's name, in the first piece and only there.</param>
/// <param name="Arguments">What comes next of the arguments' JSON.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ToolCallDelta")]
public sealed record ToolCallDelta(int Index, string? Id, string? Name, string Arguments);
