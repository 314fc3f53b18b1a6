using System.ComponentModel.DataAnnotations;
using Rlhf.Server.Requests;

namespace Rlhf.Server.Versions;

/// <summary>Why an operator promotes a version or takes it back.</summary>
[Closed]
internal sealed record VersionDecisionRequest
{
    /// <summary>The reason; it stands in the version's history.</summary>
    [MinLength(1), MaxLength(1000)]
    public string? Reason { get; init; }
}
