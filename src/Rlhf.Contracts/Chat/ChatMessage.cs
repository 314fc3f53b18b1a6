using Orleans;

namespace Rlhf.Contracts;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks: <c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">What is said.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ChatMessage")]
public sealed record ChatMessage(string Role, string Content);
