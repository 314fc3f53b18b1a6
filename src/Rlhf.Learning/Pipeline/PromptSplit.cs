using Rlhf.Inference;
using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Pipeline;

/// <summary>The recent prompts in two halves that share none: those the policy trains on and those the gate judges by.</summary>
/// <param name="Training">At least one.</param>
/// <param name="HeldOut">At least one.</param>
internal sealed record PromptSplit(IReadOnlyList<RolloutPrompt> Training, IReadOnlyList<RolloutPrompt> HeldOut)
{
    private readonly HashSet<string> _heldOut = [.. HeldOut.Select(KeyOf)];

    /// <summary>Whether the gate judges by this prompt: then nothing that was said about replies to it may reach a trainer.</summary>
    public bool HoldsOut(RolloutPrompt prompt) => _heldOut.Contains(KeyOf(prompt));

    /// <summary>
    /// Splits by a hash of the prompt's tokens, so that a prompt held out once is held out in every run. Where that leaves one half
    /// empty, it gets the prompt whose hash is nearest.
    /// </summary>
    /// <exception cref="ArgumentException">There are fewer than two different prompts.</exception>
    public static PromptSplit Of(BaseModel model, IReadOnlyList<IReadOnlyList<DialogueMessage>> prompts, PolicyOptions options, double heldOut)
    {
        var room = new PromptRoom(model, options);
        var known = prompts
            .Select(room.Prompt)
            .Select(prompt => (Prompt: prompt, Key: KeyOf(prompt)))
            .DistinctBy(prompt => prompt.Key)
            .Select(prompt => (prompt.Prompt, Place: SeededRandom.Hash(0, prompt.Key) / (double)ulong.MaxValue))
            .OrderBy(prompt => prompt.Place)
            .ToArray();
        if (known.Length < 2)
            throw new ArgumentException($"There are {known.Length} different prompts; at least two are needed, one to train on and one to judge by.", nameof(prompts));

        var below = Math.Clamp(known.Count(prompt => prompt.Place < heldOut), 1, known.Length - 1);
        return new PromptSplit([.. known[below..].Select(prompt => prompt.Prompt)], [.. known[..below].Select(prompt => prompt.Prompt)]);
    }

    private static string KeyOf(RolloutPrompt prompt) => string.Join(' ', prompt.Tokens);
}
