using Rlhf.Contracts;

namespace Rlhf.Grains.Versions;

/// <summary>Who answers how much.</summary>
internal static class Shares
{
    /// <summary>Gives <paramref name="version"/> the place <paramref name="place"/>: canary, live or retired. There is one live version and at
    /// most one canary; who is pushed out of a place retires.</summary>
    public static IEnumerable<ServedVersion> Place(
        IReadOnlyList<ServedVersion> served, IReadOnlyList<string> known, string version, VersionState place, VersionOptions options)
    {
        var live = place == VersionState.Live ? version : served.Single(other => other.State == VersionState.Live).Version;
        var canary = place == VersionState.Canary ? version : served.FirstOrDefault(other => other.State == VersionState.Canary && other.Version != version)?.Version;
        var canaryShare = canary is null ? 0 : options.ShareOfCanary;

        var kept = served.Select(other => other.Version).Append(version).ToHashSet();
        var retired = known.Where(other => kept.Contains(other) && other != live && other != canary && other != ModelCatalog.Base)
            .TakeLast(options.KeepRetired)
            .ToHashSet();

        return from other in known
               where other == live || other == canary || other == ModelCatalog.Base || retired.Contains(other)
               select other == live ? new ServedVersion(other, VersionState.Live, 1 - canaryShare)
                   : other == canary ? new ServedVersion(other, VersionState.Canary, canaryShare)
                   : new ServedVersion(other, VersionState.Retired, 0);
    }
}
