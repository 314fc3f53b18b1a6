using Rlhf.Inference;
using Rlhf.Learning.Algorithms;

namespace Rlhf.Learning.Pipeline;

/// <summary>How much of the model's context prompts may take.</summary>
internal sealed class PromptRoom
{
    private readonly ChatTemplate _template;

    /// <exception cref="ArgumentException">Replies leave no room.</exception>
    public PromptRoom(BaseModel model, PolicyOptions options)
    {
        _template = model.Template;
        Tokens = Math.Min(options.MaxPromptTokens, model.Config.ContextLength - options.MaxReplyTokens);
        if (Tokens < 3)
            throw new ArgumentException($"Replies of {options.MaxReplyTokens} tokens leave {Tokens} of the model's {model.Config.ContextLength} for a prompt; at least 3 are needed.", nameof(options));
    }

    /// <summary>Tokens of a prompt, so that a reply still fits behind it.</summary>
    public int Tokens { get; }

    /// <summary>The prompt that a conversation is, cut to fit where it is too long.</summary>
    public RolloutPrompt Prompt(IReadOnlyList<DialogueMessage> context) => new(context, _template.RenderToFit(context, Tokens));
}
