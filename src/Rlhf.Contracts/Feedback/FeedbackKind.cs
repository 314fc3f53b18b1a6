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

    /// <summary>What is left of an event that was erased: which version it was on, and the thumb, so that counts stay what they were. Nobody's name,
    /// words or conversation.</summary>
    Erased,

    /// <summary>Says which entries before it were erased, and why.</summary>
    Erasure,
}
