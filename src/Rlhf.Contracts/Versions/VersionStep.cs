using Orleans;

namespace Rlhf.Contracts;

/// <summary>A step of a version's life. Steps are kept for ever.</summary>
/// <param name="At">When.</param>
/// <param name="From">Where the version was before; null for its first step.</param>
/// <param name="To">Where it is after.</param>
/// <param name="Cause">Why, in words.</param>
/// <param name="By">Who or what decided, as in <see cref="VersionDecision.By"/>.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionStep")]
public sealed record VersionStep(DateTimeOffset At, VersionState? From, VersionState To, string Cause, string By);

/// <summary>Why a version takes a step, and who or what decided that.</summary>
/// <param name="Cause">Why, in words.</param>
/// <param name="By">Who or what decided: <see cref="Gate"/>, <see cref="CanaryTest"/>, <see cref="Limits"/>, <see cref="Learner"/>, <see cref="Catalog"/>, or
/// <c>operator NAME</c>.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionDecision")]
public sealed record VersionDecision(string Cause, string By)
{
    /// <summary>The promotion gate.</summary>
    public const string Gate = "gate";

    /// <summary>The sequential test of a canary.</summary>
    public const string CanaryTest = "canary test";

    /// <summary>The hard limits.</summary>
    public const string Limits = "limits";

    /// <summary>The learner.</summary>
    public const string Learner = "learner";

    /// <summary>The catalogue itself, where a step follows from another version's and nothing else is known.</summary>
    public const string Catalog = "catalogue";

    /// <summary>A decision of an operator.</summary>
    /// <param name="name">The name of the operator's key; null where none was needed.</param>
    /// <param name="cause">Why; null where the operator did not say.</param>
    /// <param name="otherwise">The cause where the operator did not say.</param>
    public static VersionDecision OfOperator(string? name, string? cause, string otherwise) => new(cause ?? otherwise, name is null ? "operator" : $"operator {name}");
}
