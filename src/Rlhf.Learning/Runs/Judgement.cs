using System.Text.Json.Serialization;
using Rlhf.Inference;
using Rlhf.Learning.Reward;

namespace Rlhf.Learning.Runs;

/// <summary>What somebody said of replies to one conversation, as a training takes it.</summary>
/// <param name="Context">The conversation up to the replies, oldest turn first.</param>
/// <param name="Weight">How far it is to be trusted: 1 is an ordinary rater's thumb, 0 leaves it out.</param>
/// <param name="Group">Judgements of one group are never split between training and held-out data; the conversation is a good choice.</param>
[JsonDerivedType(typeof(ThumbedReply), "thumb")]
[JsonDerivedType(typeof(StarredReply), "stars")]
[JsonDerivedType(typeof(RankedReplies), "ranking")]
[JsonDerivedType(typeof(Demonstration), "demonstration")]
public abstract record Judgement(IReadOnlyList<DialogueMessage> Context, double Weight, string Group)
{
    /// <summary>Who said it; the gate's reward model learns from other raters than the policy's.</summary>
    public string Rater { get; init; } = "";

    /// <summary>What the reward model learns from it.</summary>
    internal abstract IEnumerable<RewardExample> Examples(RewardEncoder encoder);
}

/// <summary>A reply somebody pressed a thumb on, or said something of that counts as one. Of a score between up and down there are two, one each way, that
/// share its weight: the cross-entropy on a soft target is the weighted sum of those on its two classes.</summary>
/// <param name="Context">See <see cref="Judgement"/>.</param>
/// <param name="Reply">The assistant's reply.</param>
/// <param name="Up">True for a thumb up.</param>
/// <param name="Weight">See <see cref="Judgement"/>.</param>
/// <param name="Group">See <see cref="Judgement"/>.</param>
public sealed record ThumbedReply(IReadOnlyList<DialogueMessage> Context, string Reply, bool Up, double Weight, string Group) : Judgement(Context, Weight, Group)
{
    /// <summary>The reply as it was sampled, the end token included where it came; empty where that is not known.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>The log-probability of each of <see cref="Tokens"/> when it was sampled.</summary>
    public IReadOnlyList<float> LogProbs { get; init; } = [];

    internal override IEnumerable<RewardExample> Examples(RewardEncoder encoder) => [new ThumbExample(encoder.Encode(Context, Reply), Up, Weight, Group)];
}

/// <summary>A reply somebody gave stars.</summary>
/// <param name="Context">See <see cref="Judgement"/>.</param>
/// <param name="Reply">The assistant's reply.</param>
/// <param name="Stars">1 to 5.</param>
/// <param name="Weight">See <see cref="Judgement"/>.</param>
/// <param name="Group">See <see cref="Judgement"/>.</param>
public sealed record StarredReply(IReadOnlyList<DialogueMessage> Context, string Reply, int Stars, double Weight, string Group) : Judgement(Context, Weight, Group)
{
    /// <summary>As in <see cref="ThumbedReply.Tokens"/>.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>As in <see cref="ThumbedReply.LogProbs"/>.</summary>
    public IReadOnlyList<float> LogProbs { get; init; } = [];

    internal override IEnumerable<RewardExample> Examples(RewardEncoder encoder) => [new RatingExample(encoder.Encode(Context, Reply), Stars, Weight, Group)];
}

/// <summary>A reply of a ranking.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Rank">Its place, 1 for the best; tied replies share one.</param>
public sealed record RankedReply(string Text, int Rank)
{
    /// <summary>As in <see cref="ThumbedReply.Tokens"/>.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>As in <see cref="ThumbedReply.LogProbs"/>.</summary>
    public IReadOnlyList<float> LogProbs { get; init; } = [];
}

/// <summary>Replies that somebody put into an order.</summary>
/// <param name="Context">See <see cref="Judgement"/>.</param>
/// <param name="Replies">At least two.</param>
/// <param name="Weight">See <see cref="Judgement"/>.</param>
/// <param name="Group">See <see cref="Judgement"/>.</param>
public sealed record RankedReplies(IReadOnlyList<DialogueMessage> Context, IReadOnlyList<RankedReply> Replies, double Weight, string Group) : Judgement(Context, Weight, Group)
{
    /// <summary>Whether some reply is better than another.</summary>
    [JsonIgnore]
    public bool HasOrder => Replies.Select(reply => reply.Rank).Distinct().Skip(1).Any();

    /// <summary>A ranking without ties is one example. Ties are half of one each way: two orders of half the weight, in which tied replies stand the other way
    /// round, so that each pair of them counts half for either. (Davidson 1970 and Rao and Kupper 1967 give ties a parameter of their own; what it says of the
    /// scores is the same, that tied ones are near each other.)</summary>
    internal override IEnumerable<RewardExample> Examples(RewardEncoder encoder)
    {
        var places = Replies.GroupBy(reply => reply.Rank).OrderBy(place => place.Key).Select(place => place.Select(reply => encoder.Encode(Context, reply.Text)).ToArray()).ToArray();
        RewardInput[] order = [.. places.SelectMany(place => place)];
        return places.Length == Replies.Count
            ? [new RankingExample(order, Margin: 0, Weight, Group)]
            : [
                new RankingExample(order, Margin: 0, Weight / 2, Group),
                new RankingExample([.. places.SelectMany(place => place.Reverse())], Margin: 0, Weight / 2, Group),
            ];
    }
}

/// <summary>A reply as somebody wrote it, to be imitated.</summary>
/// <param name="Context">See <see cref="Judgement"/>.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Weight">See <see cref="Judgement"/>.</param>
/// <param name="Group">See <see cref="Judgement"/>.</param>
public sealed record Demonstration(IReadOnlyList<DialogueMessage> Context, string Reply, double Weight, string Group) : Judgement(Context, Weight, Group)
{
    internal override IEnumerable<RewardExample> Examples(RewardEncoder encoder) => [];
}
