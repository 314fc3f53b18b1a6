using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>A text that replies are drawn under whose request has no system message of its own.</summary>
/// <param name="Version">Its number, counted from 1 and never given twice.</param>
/// <param name="Text">The text.</param>
/// <param name="CreatedAt">When it was put there.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SystemPrompt")]
public sealed record SystemPrompt(int Version, string Text, DateTimeOffset CreatedAt);

/// <summary>The system prompts of a model.</summary>
/// <param name="Revision">Counts the changes.</param>
/// <param name="Active">The one that is in use; null where none is.</param>
/// <param name="Versions">Those that are kept, the active one among them, oldest first; empty where only the active one was asked for.</param>
[GenerateSerializer, Immutable, Alias("rlhf.SystemPromptVersions")]
public sealed record SystemPromptVersions(long Revision, SystemPrompt? Active, ImmutableArray<SystemPrompt> Versions);
