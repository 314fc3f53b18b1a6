using System.Text.Json.Serialization;
using Rlhf.Inference;

namespace Rlhf.Learning.Data;

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
}

/// <summary>A reply as somebody wrote it, to be imitated.</summary>
/// <param name="Context">See <see cref="Judgement"/>.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Weight">See <see cref="Judgement"/>.</param>
/// <param name="Group">See <see cref="Judgement"/>.</param>
public sealed record Demonstration(IReadOnlyList<DialogueMessage> Context, string Reply, double Weight, string Group) : Judgement(Context, Weight, Group);
