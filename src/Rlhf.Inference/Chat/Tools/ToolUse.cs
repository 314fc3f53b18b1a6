namespace Rlhf.Inference;

/// <summary>How a reply may call tools.</summary>
/// <param name="Tools">What may be called, as OpenAI's JSON list.</param>
/// <param name="Required">Whether it has to call one; otherwise it may say something instead.</param>
/// <param name="Function">The only one that it may call; null for any.</param>
/// <param name="Parallel">Whether it may make several calls.</param>
/// <param name="Otherwise">What a reply that calls none has to be, as <see cref="ReplyFormat.Of(string)"/> takes it; null for any text.</param>
public sealed record ToolUse(string Tools, bool Required = false, string? Function = null, bool Parallel = true, string? Otherwise = null);
