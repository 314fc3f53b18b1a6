using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>Which versions of a model answer, at what share. A snapshot: a later one has a higher revision.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Revision">Counts the changes.</param>
/// <param name="Versions">Every version that may answer, oldest first. Shares add up to 1.</param>
/// <param name="Trunk">The fingerprint of the base model that the versions' adapters belong to.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ModelCatalog")]
public sealed record ModelCatalog(string Model, long Revision, ImmutableArray<ServedVersion> Versions, string Trunk)
{
    /// <summary>The id of the bare trunk, a version that always exists.</summary>
    public const string Base = "base";

    /// <summary>The version that is live.</summary>
    public string Live => Versions.Single(version => version.State == VersionState.Live).Version;

    /// <summary>Whether <paramref name="version"/> may answer when it is asked for by name.</summary>
    public bool Serves(string version) => Versions.Any(served => served.Version == version);

    /// <summary>Whether <paramref name="version"/> has a share of the conversations.</summary>
    public bool Shares(string version) => Versions.Any(served => served.Version == version && served.Share > 0);

    /// <summary>The catalogue as a silo goes by it that has not got some of the versions. In the place of the live one the newest answers that was live
    /// before; the base is always there.</summary>
    public ModelCatalog Without(IReadOnlyCollection<string> missing)
    {
        var left = Versions.Where(version => !missing.Contains(version.Version)).ToList();
        if (left.Count == Versions.Length)
        {
            return this;
        }

        var live = (left.Find(version => version.State == VersionState.Live) ?? left.Last(version => version.State != VersionState.Canary)).Version;
        var others = left.Where(version => version.Version != live).Sum(version => version.Share);
        return this with { Versions = [.. left.Select(version => version.Version == live ? version with { State = VersionState.Live, Share = 1 - others } : version)] };
    }

    /// <summary>The version for a conversation: the same id gets the same answer for as long as the shares stay.</summary>
    public string Choose(string conversationId)
    {
        var point = Point(conversationId);
        foreach (var served in Versions)
        {
            point -= served.Share;
            if (point < 0)
            {
                return served.Version;
            }
        }

        return Live; // the shares fell short of 1 by a rounding error
    }

    /// <summary>FNV-1a with a final avalanche, as a number in [0, 1): string.GetHashCode differs from process to process.</summary>
    private static double Point(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        return (hash >> 11) * (1.0 / (1UL << 53));
    }
}
