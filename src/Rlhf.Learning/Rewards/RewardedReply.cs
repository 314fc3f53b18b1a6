using Rlhf.Inference;

namespace Rlhf.Learning.Rewards;

/// <summary>A reply whose reward is wanted.</summary>
/// <param name="Context">The conversation that it answers, oldest message first.</param>
/// <param name="Text">The reply as text, without its end token.</param>
/// <param name="Ended">Whether it ended by itself; a truncated reply did not.</param>
/// <param name="Prompt">Replies of a batch that answer the same prompt share a number.</param>
public sealed record RewardedReply(IReadOnlyList<DialogueMessage> Context, string Text, bool Ended, int Prompt);
