using Rlhf.Inference;

namespace Rlhf.Learning.Data;

/// <summary>A dialogue in tokens.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="Assistant">For each token whether it is the assistant's own: its text or the end of it.</param>
/// <param name="Copies">Times it comes in an epoch.</param>
public sealed record EncodedDialogue(int[] Ids, bool[] Assistant, double Copies = 1)
{
    /// <summary>The dialogue as the chat template writes it.</summary>
    public static EncodedDialogue From(Dialogue dialogue, ChatTemplate template, double copies = 1)
    {
        var (ids, assistant) = template.RenderForTraining(dialogue.Messages);
        return new EncodedDialogue(ids, assistant, copies);
    }
}
