using System.ComponentModel.DataAnnotations;

namespace Rlhf.Grains.Feedback;

/// <summary>Who may rate, and how often. Section <c>Feedback</c> of the configuration.</summary>
public sealed class FeedbackOptions
{
    /// <summary>Thumbs that one rater may press within a minute.</summary>
    /// <value>The default value is 600.</value>
    [Range(1, 1_000_000)]
    public int PerMinute { get; set; } = 600;

    /// <summary>Raters who may rate every conversation, whoever owns it; <c>*</c> lets anyone.</summary>
    /// <value>The default value is empty.</value>
    public IList<string> Annotators { get; } = [];

    /// <summary>Whether a rater may rate conversations of others.</summary>
    public bool IsAnnotator(string? rater) => rater is not null && (Annotators.Contains("*") || Annotators.Contains(rater));
}
