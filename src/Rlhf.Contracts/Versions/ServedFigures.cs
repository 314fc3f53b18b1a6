using System.Collections.Immutable;
using Orleans;

namespace Rlhf.Contracts;

/// <summary>How one silo's replies of the versions went, since it has heard of the canary that there is.</summary>
/// <param name="Silo">The silo's replica.</param>
/// <param name="Versions">The figures of each version that answered.</param>
[GenerateSerializer, Immutable, Alias("rlhf.ServedFigures")]
public sealed record ServedFigures(string Silo, ImmutableArray<VersionFigures> Versions);

/// <summary>How a version's replies went.</summary>
/// <param name="Version">The version.</param>
/// <param name="Replies">Replies that were begun.</param>
/// <param name="Failures">Those of them that broke off with an error of the server's.</param>
/// <param name="FirstTokens">How many first tokens took how long: element i counts those of at least 2^(i/2) and less than 2^((i+1)/2) milliseconds, the first
/// also faster and the last also slower ones.</param>
[GenerateSerializer, Immutable, Alias("rlhf.VersionFigures")]
public sealed record VersionFigures(string Version, long Replies, long Failures, ImmutableArray<long> FirstTokens)
{
    /// <summary>How many elements <see cref="FirstTokens"/> has: up to 2^19.5 ms, some ten minutes.</summary>
    public const int Buckets = 40;

    /// <summary>The median latency of first tokens, to within a factor of the square root of 2; null without any.</summary>
    public TimeSpan? MedianFirstToken
    {
        get
        {
            var (left, bucket) = ((FirstTokens.Sum() + 1) / 2, 0);
            for (; bucket < FirstTokens.Length && left > FirstTokens[bucket]; bucket++)
            {
                left -= FirstTokens[bucket];
            }

            return bucket == FirstTokens.Length || left == 0 ? null : TimeSpan.FromMilliseconds(Math.Pow(2, (bucket + 0.5) / 2));
        }
    }

    /// <summary>The bucket of a latency.</summary>
    public static int BucketOf(TimeSpan latency) => (int)Math.Clamp(Math.Floor(2 * Math.Log2(Math.Max(1, latency.TotalMilliseconds))), 0, Buckets - 1);

    /// <summary>The figures of one version on all silos.</summary>
    public static VersionFigures Sum(string version, IEnumerable<ServedFigures> silos)
    {
        var (replies, failures, firstTokens) = (0L, 0L, new long[Buckets]);
        foreach (var one in silos.SelectMany(silo => silo.Versions).Where(one => one.Version == version))
        {
            (replies, failures) = (replies + one.Replies, failures + one.Failures);
            for (var i = 0; i < Math.Min(Buckets, one.FirstTokens.Length); i++)
            {
                firstTokens[i] += one.FirstTokens[i];
            }
        }

        return new VersionFigures(version, replies, failures, [.. firstTokens]);
    }
}
