using Orleans;

namespace Rlhf.Contracts;

/// <summary>What a feedback event says. The names are stored; the order is part of the contract.</summary>
[GenerateSerializer, Alias("rlhf.FeedbackKind")]
public enum FeedbackKind
{
    /// <summary>Thumbs up or down. A later one of the same rater on the same completion replaces it.</summary>
    Thumbs,

    /// <summary>The rater takes a statement on the completion back: thumbs, or the kind that <see cref="FeedbackContent.Retracts"/> names.</summary>
    Retraction,

    /// <summary>What is left of an event that was erased: which version it was on, and the thumb, so that counts stay what they were. Nobody's name,
    /// words or conversation.</summary>
    Erased,

    /// <summary>Says which entries before it were erased, and why.</summary>
    Erasure,

    /// <summary>The reply was used as it is, or turned down.</summary>
    Accepted,

    /// <summary>One to five stars.</summary>
    Rating,

    /// <summary>Answers to the operator's questions.</summary>
    Labels,

    /// <summary>The reply as it should have been.</summary>
    Correction,

    /// <summary>The reply is unwanted, and why.</summary>
    Report,

    /// <summary>What somebody did with the reply, without being asked.</summary>
    Signal,

    /// <summary>Words or tags alone; nothing is learned from them.</summary>
    Comment,

    /// <summary>Replies to one prompt in their order.</summary>
    Comparison,
}
