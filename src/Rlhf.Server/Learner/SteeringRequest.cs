using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Learner;

/// <summary>Why the learner is paused, or its job cancelled. The body may be missing.</summary>
[Closed]
internal sealed record SteeringRequest
{
    private const int LongestReason = 500;

    /// <summary>Why.</summary>
    [MinLength(1), MaxLength(LongestReason)]
    public string? Reason { get; init; }
}
