using Orleans;

namespace Rlhf.Storage;

/// <summary>Another learner has claimed the version since, or it was settled: who asks has nothing to say about it any more.</summary>
[GenerateSerializer, Alias("rlhf.ClaimLostException")]
public sealed class ClaimLostException : StorageException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="version">The version.</param>
    /// <param name="token">The claim that was made use of.</param>
    /// <param name="standing">The claim that counts.</param>
    public ClaimLostException(string version, long token, VersionClaim standing)
        : base(standing.Accepted is { } accepted
            ? $"Version '{version}' was {(accepted ? "accepted" : "rejected")} under claim {standing.Token} already; claim {token} can't change it."
            : $"Version '{version}' is another learner's now: claim {token} was made use of, claim {standing.Token} counts.")
    {
    }
}
