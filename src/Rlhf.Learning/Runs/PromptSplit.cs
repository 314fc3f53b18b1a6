using Rlhf.Inference;
using Rlhf.Learning.Ppo;

namespace Rlhf.Learning.Runs;

/// <summary>The recent prompts in two halves that share none: those PPO trains on and those the gate judges by.</summary>
/// <param name="Training">At least one.</param>
/// <param name="HeldOut">At least one.</param>
internal sealed record PromptSplit(IReadOnlyList<PpoPrompt> Training, IReadOnlyList<PpoPrompt> HeldOut)
{
    /// <summary>
    /// Splits by a hash of the prompt's tokens, so that a prompt held out once is held out in every run. Where that leaves one half
    /// empty, it gets the prompt whose hash is nearest.
    /// </summary>
    /// <exception cref="ArgumentException">There are fewer than two different prompts.</exception>
    public static PromptSplit Of(BaseModel model, IReadOnlyList<IReadOnlyList<(string Role, string Content)>> prompts, int maxPromptTokens, int maxReplyTokens, double heldOut)
    {
        var room = Math.Min(maxPromptTokens, model.Config.ContextLength - maxReplyTokens);
        if (room < 3)
            throw new ArgumentException($"Replies of {maxReplyTokens} tokens leave {room} of the model's {model.Config.ContextLength} for a prompt; at least 3 are needed.", nameof(maxReplyTokens));

        var known = prompts
            .Select(context => new PpoPrompt(context, model.Template.RenderToFit(context, room)))
            .Select(prompt => (Prompt: prompt, Key: string.Join(' ', prompt.Tokens)))
            .DistinctBy(prompt => prompt.Key)
            .Select(prompt => (prompt.Prompt, Place: SeededRandom.Hash(0, prompt.Key) / (double)ulong.MaxValue))
            .OrderBy(prompt => prompt.Place)
            .ToArray();
        if (known.Length < 2)
            throw new ArgumentException($"There are {known.Length} different prompts; PPO needs at least two, one to train on and one to judge by.", nameof(prompts));

        var below = Math.Clamp(known.Count(prompt => prompt.Place < heldOut), 1, known.Length - 1);
        return new PromptSplit([.. known[below..].Select(prompt => prompt.Prompt)], [.. known[..below].Select(prompt => prompt.Prompt)]);
    }
}
