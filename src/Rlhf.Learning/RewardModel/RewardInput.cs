using Rlhf.Inference;

namespace Rlhf.Learning.RewardModel;

/// <summary>A reply in its conversation, as the reward model reads it.</summary>
/// <param name="Tokens">The end of the rendered conversation, the reply and an end token.</param>
/// <param name="ReplyStart">Index of the reply's first token.</param>
/// <param name="Views">What of the reply can be counted.</param>
/// <param name="Length">The reply's length in words, as weights of the two nearest of <see cref="RewardEncoder.LengthKnots"/>.</param>
public sealed record RewardInput(int[] Tokens, int ReplyStart, ReplyViews Views, float[] Length);

/// <summary>Turns conversations and replies into what the reward model reads.</summary>
/// <param name="model">Whose tokenizer and template to use.</param>
/// <param name="options">How much of context and reply to keep.</param>
public sealed class RewardEncoder(BaseModel model, RewardOptions options)
{
    /// <summary>Lengths in words between which the weight of a reply's length is interpolated, so that the best length may lie anywhere.</summary>
    public static IReadOnlyList<int> LengthKnots { get; } = [0, 4, 8, 12, 16, 24, 32, 48, 96];

    /// <summary>Encodes one reply. An over-long context loses its start, an over-long reply its end.</summary>
    public RewardInput Encode(IReadOnlyList<DialogueMessage> context, string reply)
    {
        var room = model.Config.ContextLength - 1;
        int[] own = model.Tokenizer.Encode(reply);
        own = own[..Math.Min(own.Length, Math.Min(options.MaxReplyTokens, room / 2))];
        int[] before = model.Template.Render(context, openAssistant: true);
        before = before[^Math.Min(before.Length, Math.Min(options.MaxContextTokens, room - own.Length))..];
        return new RewardInput([.. before, .. own, model.Template.EndId], before.Length, ReplyViews.Of(context, reply, options.NGramBuckets), Length(reply));
    }

    private static float[] Length(string reply)
    {
        var words = Math.Min(reply.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, LengthKnots[^1]);
        var weights = new float[LengthKnots.Count];
        var right = Math.Max(1, LengthKnots.TakeWhile(knot => knot < words).Count());
        var share = (words - LengthKnots[right - 1]) / (float)(LengthKnots[right] - LengthKnots[right - 1]);
        weights[right - 1] = 1 - share;
        weights[right] = share;
        return weights;
    }
}
