using Orleans;

namespace Rlhf.Contracts;

/// <summary>Where a version is in its life: training → candidate → canary → live → retired, or rejected, or rolled back.</summary>
[GenerateSerializer, Alias("rlhf.VersionState")]
public enum VersionState
{
    /// <summary>Trained, and neither published nor rejected yet: it goes through the gate, or waits for a canary to be decided.</summary>
    Candidate,

    /// <summary>Through the gate; answers a share of the conversations.</summary>
    Canary,

    /// <summary>Answers every conversation that no canary answers.</summary>
    Live,

    /// <summary>Was live until a better one came, or was a canary that could not be decided; still answers who asks for it by name.</summary>
    Retired,

    /// <summary>Did not pass the gate, or was not published for another reason.</summary>
    Rejected,

    /// <summary>Was taken back after it had served.</summary>
    RolledBack,

    /// <summary>In training.</summary>
    Training,

    /// <summary>Its record can't be read: it answers nobody before that is restored from a backup.</summary>
    Damaged,
}
