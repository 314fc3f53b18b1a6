using Rlhf.Inference;

namespace Rlhf.Learning.Algorithms;

/// <summary>A prompt to practise on.</summary>
/// <param name="Context">The conversation; the assistant speaks next.</param>
/// <param name="Tokens">The rendered conversation with a reply opened.</param>
public sealed record RolloutPrompt(IReadOnlyList<DialogueMessage> Context, int[] Tokens);

/// <summary>A reply that a policy sampled.</summary>
/// <param name="Prompt">What it answers.</param>
/// <param name="Reply">The sampled tokens, the end token among them when it came.</param>
/// <param name="EngineLogProbs">Their log-probs as whoever drew them saw them.</param>
/// <param name="Text">The reply as text, without its end token.</param>
/// <param name="Ended">Whether the reply ended by itself; a truncated one has not.</param>
public sealed record Rollout(RolloutPrompt Prompt, int[] Reply, float[] EngineLogProbs, string Text, bool Ended)
{
    /// <summary>Tokens that are read to learn of the reply: all but its last, which is only a target.</summary>
    public int Columns => Prompt.Tokens.Length + Reply.Length - 1;

    /// <summary>A reply as it was drawn.</summary>
    internal static Rollout Of(BaseModel model, RolloutPrompt prompt, int[] tokens, float[] logProbs, bool ended)
        => new(prompt, tokens, logProbs, model.Tokenizer.Decode(ended ? tokens.AsSpan()[..^1] : tokens), ended);
}

/// <summary>The seed of each reply of a call, by its place.</summary>
internal static class ReplySeed
{
    public static ulong Of(ulong seed, int index) => SeededRandom.Hash(seed, $"rollout {index}");
}
