using Rlhf.Inference;

namespace Rlhf.Learning.Runs;

/// <summary>A reply somebody pressed a thumb on, with the conversation it answered.</summary>
/// <param name="Context">The conversation up to the reply, oldest turn first.</param>
/// <param name="Reply">The assistant's reply.</param>
/// <param name="Up">True for a thumb up.</param>
/// <param name="Weight">How far the rater is to be trusted: 1 is an ordinary rater, 0 leaves the example out.</param>
/// <param name="Group">Replies of one group are never split between training and held-out data; the first user turn is a good choice.</param>
public sealed record ThumbedReply(
    IReadOnlyList<DialogueMessage> Context,
    string Reply,
    bool Up,
    double Weight,
    string Group)
{
    /// <summary>Who pressed it; the gate's reward model learns from other raters than the policy's.</summary>
    public string Rater { get; init; } = "";

    /// <summary>The reply as it was sampled, the end token included where it came; empty where that is not known.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [];

    /// <summary>The log-probability of each of <see cref="Tokens"/> when it was sampled.</summary>
    public IReadOnlyList<float> LogProbs { get; init; } = [];
}
