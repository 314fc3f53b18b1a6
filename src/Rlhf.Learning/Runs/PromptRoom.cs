using Rlhf.Inference;
using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Runs;

/// <summary>How much of the model's context prompts may take.</summary>
internal static class PromptRoom
{
    /// <summary>Tokens of a prompt, so that a reply still fits behind it.</summary>
    /// <exception cref="ArgumentException">Replies leave no room.</exception>
    public static int Of(BaseModel model, PolicyOptions options)
    {
        var room = Math.Min(options.MaxPromptTokens, model.Config.ContextLength - options.MaxReplyTokens);
        return room >= 3
            ? room
            : throw new ArgumentException($"Replies of {options.MaxReplyTokens} tokens leave {room} of the model's {model.Config.ContextLength} for a prompt; at least 3 are needed.", nameof(options));
    }
}
