using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>Which steps a version's life may take.</summary>
internal static class VersionLifeCycle
{
    public static bool Allows(VersionState from, VersionState to) => (from, to) switch
    {
        (VersionState.Training, VersionState.Candidate or VersionState.Rejected) => true,
        (VersionState.Candidate, VersionState.Canary or VersionState.Rejected) => true,
        (VersionState.Canary, VersionState.Live or VersionState.Retired or VersionState.RolledBack) => true,
        (VersionState.Live, VersionState.Retired or VersionState.RolledBack) => true,
        (VersionState.Retired, VersionState.Live or VersionState.RolledBack) => true, // live again when its successor is rolled back
        (VersionState.RolledBack, VersionState.Live) => true, // by hand
        _ => false,
    };

    public static void Require(string version, VersionState from, VersionState to)
    {
        if (!Allows(from, to))
        {
            throw new RefusedException(Refusal.Conflict, $"Version '{version}' is {Name(from)} and cannot become {Name(to)}.");
        }
    }

    private static string Name(VersionState state) => state switch
    {
        VersionState.RolledBack => "rolled back",
        VersionState.Training => "in training",
        VersionState.Candidate => "a candidate",
        VersionState.Canary => "a canary",
        _ => state.ToString().ToLowerInvariant(),
    };
}
