using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Feedback;

/// <summary>A thumb on a reply.</summary>
internal sealed record FeedbackRequest
{
    /// <summary>The completion's id, or a choice's own.</summary>
    [MinLength(1), MaxLength(2 * RequestLimits.Name)]
    public required string CompletionId { get; init; }

    /// <summary>Who rates; a second thumb of one rater on a reply takes the place of the first.</summary>
    [MinLength(1), MaxLength(RequestLimits.Name), Name]
    public required string Rater { get; init; }

    /// <summary>The thumb.</summary>
    [AllowedValues("up", "down")]
    public required string Thumbs { get; init; }

    /// <summary>What the rater says to it.</summary>
    [MaxLength(RequestLimits.Comment)]
    public string? Comment { get; init; }

    /// <summary>Words to sort thumbs by.</summary>
    [MaxLength(RequestLimits.Tags)]
    public IReadOnlyList<string>? Tags { get; init; }
}
