using Orleans;

namespace Rlhf.Contracts;

/// <summary>Where a version is in its life: candidate → canary → live → retired, or rejected, or rolled back.</summary>
[GenerateSerializer, Alias("rlhf.VersionState")]
public enum VersionState
{
    /// <summary>In training, or trained and not yet through the gate.</summary>
    Candidate,

    /// <summary>Through the gate; answers a share of the conversations.</summary>
    Canary,

    /// <summary>Answers every conversation that no canary answers.</summary>
    Live,

    /// <summary>Was live until a better one came; still answers who asks for it by name.</summary>
    Retired,

    /// <summary>Did not pass the gate.</summary>
    Rejected,

    /// <summary>Was taken back after it had served.</summary>
    RolledBack,
}
