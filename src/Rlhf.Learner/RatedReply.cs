using System.Collections.Immutable;
using Rlhf.Contracts;

namespace Rlhf.Learner;

/// <summary>A thumb as a job learns from it.</summary>
/// <param name="Messages">The dialogue up to the reply.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Up">Up or down.</param>
/// <param name="Weight">How far its rater is trusted.</param>
/// <param name="Group">Never split between training and held-out data.</param>
internal sealed record RatedReply(ImmutableArray<ChatMessage> Messages, string Reply, bool Up, double Weight, string Group)
{
    /// <summary>Who pressed it.</summary>
    public string Rater { get; init; } = "";

    /// <summary>The reply as it was sampled; empty where that is not known.</summary>
    public ImmutableArray<int> Tokens { get; init; } = [];

    /// <summary>The log-probability of each of <see cref="Tokens"/> when it was sampled.</summary>
    public ImmutableArray<float> LogProbs { get; init; } = [];
}
