namespace Rlhf.Learning.Algorithms;

/// <summary>Two replies to one prompt.</summary>
/// <param name="Chosen">The better one.</param>
/// <param name="Rejected">The worse one.</param>
/// <param name="Weight">How much the judgement counts; 1 is an ordinary rater's.</param>
public sealed record ReplyPair(Rollout Chosen, Rollout Rejected, double Weight)
{
    /// <summary>Every reply with a thumb up beside every one with a thumb down to the same prompt. A text is not set against itself.</summary>
    public static IReadOnlyList<ReplyPair> Of(IReadOnlyList<RatedRollout> rated) =>
    [
        .. from same in rated.Where(reply => reply.Weight > 0).GroupBy(reply => string.Join(' ', reply.Rollout.Prompt.Tokens))
           from up in same.Where(reply => reply.Up)
           from down in same.Where(reply => !reply.Up)
           where !up.Rollout.Reply.AsSpan().SequenceEqual(down.Rollout.Reply)
           select new ReplyPair(up.Rollout, down.Rollout, up.Weight * down.Weight),
    ];
}
