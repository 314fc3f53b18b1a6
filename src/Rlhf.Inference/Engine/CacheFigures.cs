namespace Rlhf.Inference;

/// <summary>What an engine's keys and values take, and what they saved since it started.</summary>
/// <param name="Bytes">All of them: of running sequences, of finished ones, and free for the next.</param>
/// <param name="KeptBytes">Those of finished sequences, which a next turn may go on from.</param>
/// <param name="Prompts">Prompts that were begun.</param>
/// <param name="Hits">Prompts whose beginning was known.</param>
/// <param name="PromptTokens">Tokens of all prompts that were begun.</param>
/// <param name="ReusedTokens">Those that did not have to be computed.</param>
/// <param name="Evictions">Finished sequences that were forgotten to make room.</param>
public sealed record CacheFigures(long Bytes, long KeptBytes, long Prompts, long Hits, long PromptTokens, long ReusedTokens, long Evictions);
