using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>What the catalogue keeps. A change is another state, which takes this one's place when it is durable.</summary>
public sealed record CatalogState
{
    /// <summary>Counts the changes.</summary>
    public long Revision { get; init; }

    /// <summary>The fingerprint of the base model that the versions belong to.</summary>
    public string Trunk { get; init; } = "";

    /// <summary>Every version ever announced, oldest first.</summary>
    public IReadOnlyList<string> Known { get; init; } = [];

    /// <summary>The versions that may answer, oldest first.</summary>
    public IReadOnlyList<ServedVersion> Served { get; init; } = [];

    /// <summary>The versions that were live, oldest first, the live one last: where a rollback goes back to.</summary>
    public IReadOnlyList<string> Lives { get; init; } = [];

    /// <summary>Feedback of versions that were rolled back, until an operator releases it.</summary>
    public IReadOnlyList<WithheldFeedback> Withheld { get; init; } = [];

    /// <summary>The test of the canary; null where there is none.</summary>
    public CanaryTest? Test { get; init; }

    /// <summary>The candidate that is published when the canary is decided.</summary>
    public WaitingCandidate? Waiting { get; init; }

    /// <summary>The steps of the last change, which the versions' own records take after it: what a crash leaves undone is done when the catalogue wakes.</summary>
    public VersionSteps? Steps { get; init; }
}

/// <summary>A candidate that passed the gate while a canary was tested.</summary>
/// <param name="Version">The candidate.</param>
/// <param name="CanaryOnly">Whether it may be no more than a canary.</param>
public sealed record WaitingCandidate(string Version, bool CanaryOnly);

/// <summary>The steps of one change of the catalogue.</summary>
/// <param name="By">Who or what decided.</param>
/// <param name="Moves">Where each version goes and why, in order.</param>
public sealed record VersionSteps(string By, IReadOnlyList<VersionMove> Moves);

/// <summary>A version's step.</summary>
/// <param name="Version">The version.</param>
/// <param name="To">Where it goes.</param>
/// <param name="Cause">Why.</param>
public sealed record VersionMove(string Version, VersionState To, string Cause);
