using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>Which steps a version's life may take.</summary>
internal static class VersionLifeCycle
{
    public static bool Allows(VersionState from, VersionState to) => (from, to) switch
    {
        (VersionState.Candidate, VersionState.Canary or VersionState.Rejected) => true,
        (VersionState.Canary, VersionState.Live or VersionState.Retired or VersionState.RolledBack) => true,
        (VersionState.Live, VersionState.Retired or VersionState.RolledBack) => true,
        (VersionState.Retired, VersionState.Live or VersionState.RolledBack) => true, // back again when its successor is rolled back
        _ => false,
    };

    public static void Require(string version, VersionState from, VersionState to)
    {
        if (!Allows(from, to))
        {
            throw new RefusedException(Refusal.Conflict, $"Version '{version}' is {Name(from)} and cannot become {Name(to)}.");
        }
    }

    private static string Name(VersionState state) => state == VersionState.RolledBack ? "rolled back" : state.ToString().ToLowerInvariant();
}
