namespace Rlhf.Cli.Simulation;

/// <summary>What simulated raters say of replies. Its names are those of <c>--feedback-kind</c>.</summary>
internal enum FeedbackKind
{
    /// <summary>A thumb on a reply.</summary>
    Thumbs,

    /// <summary>One to five stars: which fifth of the base model's replies it would be among.</summary>
    Ratings,

    /// <summary>The better of two replies, or a tie.</summary>
    Pairs,

    /// <summary>The order of four replies, with ties.</summary>
    Rankings,

    /// <summary>The reply as it should have been: the best of four others that were drawn, where it's better.</summary>
    Corrections,

    /// <summary>An answer for each thing that the taste likes or dislikes.</summary>
    Labels,

    /// <summary>All of them in turn.</summary>
    All,
}
