using Orleans;

namespace Rlhf.Contracts;

/// <summary>How a reply may call the tools that its dialogue begins with.</summary>
/// <param name="Required">Whether it has to call one; otherwise it may say something instead.</param>
/// <param name="Function">The only one that it may call; null for any.</param>
/// <param name="Parallel">Whether it may make several calls.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ToolSettings")]
public sealed record ToolSettings(bool Required, string? Function = null, bool Parallel = true);
