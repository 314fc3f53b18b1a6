namespace Rlhf.Storage;

/// <summary>A learner's right to make a version and to decide about it.</summary>
/// <param name="Token">Grows with every claim of the version; only the latest one counts.</param>
/// <param name="Accepted">How the version was settled; null while it is open.</param>
public sealed record VersionClaim(long Token, bool? Accepted);
