using Rlhf.Inference;
using Rlhf.Learning.Algorithms;
using Rlhf.Learning.Rollouts;

namespace Rlhf.Learning.Runs;

/// <summary>Thumbed replies as the policy's algorithms read them.</summary>
internal static class RatedReplies
{
    /// <summary>
    /// The replies in tokens, in their order. One whose sampled tokens are not known is tokenised and taken as ended; one that does not fit
    /// the model's context behind a prompt is left out.
    /// </summary>
    public static IReadOnlyList<RatedRollout> Of(BaseModel model, IReadOnlyList<ThumbedReply> thumbs, PolicyOptions options)
    {
        var room = new PromptRoom(model, options);
        return
        [
            .. thumbs.Select(thumb =>
            {
                int[] tokens = thumb.Tokens.Count > 0 ? [.. thumb.Tokens] : [.. model.Tokenizer.Encode(thumb.Reply), model.Template.EndId];
                float[] logProbs = thumb.LogProbs.Count == tokens.Length ? [.. thumb.LogProbs] : [];
                return new RatedRollout(new Rollout(room.Prompt(thumb.Context), tokens, logProbs, thumb.Reply, tokens[^1] == model.Template.EndId), thumb.Up, thumb.Weight);
            }).Where(rated => rated.Rollout.Reply.Length <= model.Config.ContextLength - room.Tokens),
        ];
    }
}
