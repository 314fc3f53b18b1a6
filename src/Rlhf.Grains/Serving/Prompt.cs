using System.Collections.Immutable;
using Rlhf.Contracts;
using Rlhf.Inference;

namespace Rlhf.Grains.Serving;

/// <summary>Cuts a dialogue to what the model can read.</summary>
internal static class Prompt
{
    /// <summary>The dialogue's tokens with a reply opened. Old messages give way, so that the reply has the room it asks
    /// for, though at most a quarter of the context; the newest message is never cut.</summary>
    /// <exception cref="RefusedException">The newest message alone does not fit, or the model's chat template refuses the dialogue.</exception>
    public static int[] Fit(BaseModel model, ImmutableArray<ChatMessage> messages, int maxTokens)
    {
        var context = model.Config.ContextLength;
        var room = context - Math.Max(1, Math.Min(maxTokens, context / 4));
        try
        {
            var dialogue = messages.ToDialogue();
            var newest = model.Template.Render(ChatTemplate.Newest(dialogue), openAssistant: true).Length;
            return newest <= room
                ? model.Template.RenderToFit(dialogue, room)
                : throw new RefusedException(
                    Refusal.Invalid,
                    $"The newest message takes {newest} tokens{(messages[0].Role == ChatMessage.Tools ? ", with the tools," : "")} and the reply needs room, too; the model reads {context} tokens in all, so at most {room} fit. Shorten the message.",
                    "messages");
        }
        catch (ArgumentException e)
        {
            throw new RefusedException(Refusal.Invalid, e.Message, "messages");
        }
    }
}
