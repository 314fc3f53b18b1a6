using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a feedback event says. The names are stored; the order is part of the contract.</summary>
[GenerateSerializer, Alias("rlhf.FeedbackKind")]
public enum FeedbackKind
{
    /// <summary>Thumbs up or down. A later one of the same rater on the same completion replaces it.</summary>
    Thumbs,

    /// <summary>The rater takes their thumbs on the completion back.</summary>
    Retraction,
}
